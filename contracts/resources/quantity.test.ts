/** Amounts of CPU and memory against what Kubernetes takes them for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CPU_PATTERN, largerQuantity, MEMORY_PATTERN, quantityMillis, smallerQuantity } from './quantity.ts';

const equal: readonly (readonly [string, string])[] = [
  ['1000m', '1'],
  ['500m', '0.5'],
  ['1024', '1Ki'],
  ['1024Ki', '1Mi'],
  ['1024Mi', '1Gi'],
  ['1000k', '1M'],
  ['1000M', '1G'],
];

for (const [one, other] of equal) {
  test(`quantityMillis: ${one} is ${other}`, () => {
    assert.equal(quantityMillis(one), quantityMillis(other));
  });
}

test('largerQuantity, smallerQuantity: give the amount as it was written, across units', () => {
  assert.equal(largerQuantity('1G', '1Gi'), '1Gi');
  assert.equal(smallerQuantity('1G', '1Gi'), '1G');
  assert.equal(largerQuantity('999Mi', '1Gi'), '1Gi');
  assert.equal(smallerQuantity('0.25', '300m'), '0.25');
});

test('quantityMillis: ends the process on text that is not an amount', () => {
  for (const text of ['', 'lots', '-1', '1Ti', '1e3', '0.1234']) assert.throws(() => quantityMillis(text), /expected a quantity/);
});

test('patterns: take amounts that quantityMillis reads, and none that would reserve nothing', () => {
  for (const text of ['1m', '500m', '0.5', '2']) assert.ok(CPU_PATTERN.test(text), text);
  for (const text of ['0m', '0', '-1', '1Gi', 'one']) assert.ok(!CPU_PATTERN.test(text), text);
  for (const text of ['96Mi', '1Gi', '128974848']) assert.ok(MEMORY_PATTERN.test(text), text);
  for (const text of ['0', '0Mi', '1.5Gi', '1Pi', '500m']) assert.ok(!MEMORY_PATTERN.test(text), text);
});
