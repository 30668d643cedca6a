import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeLineSplitter } from './line-splitter.ts';

test('makeLineSplitter: gives the same lines however the bytes are cut', () => {
  const text = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).map((line) => line.replaceAll('\n', ' ')));
  fc.assert(
    fc.property(text, fc.array(fc.nat(50)), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const split = makeLineSplitter();
      const got: string[] = [];
      let start = 0;
      for (const cut of [...cuts, bytes.byteLength]) {
        got.push(...split(bytes.subarray(start, start + cut)));
        start += cut;
      }
      assert.deepEqual(got, lines);
    }),
  );
});

test('makeLineSplitter: never gives out a line that did not end', () => {
  const split = makeLineSplitter();
  assert.deepEqual(split(Buffer.from('{"a":1}\n{"trunc')), ['{"a":1}']);
});

test('makeLineSplitter: throws, when a line is longer than its bound', () => {
  const split = makeLineSplitter(10);
  split(Buffer.from('12345678'));
  assert.throws(() => split(Buffer.from('90123')), RangeError);
});
