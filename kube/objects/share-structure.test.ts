import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { shareParts, shareStructure } from './share-structure.ts';

const RUNS = { numRuns: 500 };

test('shareStructure, shareParts: change no content, neither of the value nor of the other object', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (value, like) => {
      const [text, likeText] = [JSON.stringify(value), JSON.stringify(like)];
      const frozen = deepFreeze(JSON.parse(likeText));
      assert.deepEqual(shareStructure(JSON.parse(text), frozen), JSON.parse(text));
      if (typeof value !== 'object' || value === null || typeof like !== 'object' || like === null) return;
      assert.deepEqual(shareParts(JSON.parse(text) as object, frozen as object), JSON.parse(text));
    }),
    RUNS,
  );
});

test('shareStructure: gives the other object, when both are equal', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const like = JSON.parse(JSON.stringify(value)) as unknown;
      assert.equal(shareStructure(JSON.parse(JSON.stringify(value)), like), like);
    }),
    RUNS,
  );
});

test('shareStructure: shares the parts that are equal, and no others', () => {
  const like = { spec: { a: { b: 1 }, c: [{ d: 2 }, { e: 3 }] }, status: { n: 1 } };
  const shared = shareStructure({ spec: { a: { b: 1 }, c: [{ d: 2 }, { e: 4 }] }, status: { n: 1, m: 2 } }, like);
  assert.equal(shared.spec.a, like.spec.a);
  assert.equal(shared.spec.c[0], like.spec.c[0]);
  assert.notEqual(shared.spec.c[1], like.spec.c[1]);
  assert.notEqual(shared.status, like.status);
});

test('shareStructure: a member fewer, a member more, an array for an object: not the same', () => {
  for (const [value, like] of [
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [[], {}],
    [[1], [1, 2]],
    [{ a: null }, { a: {} }],
  ] as const) {
    assert.deepEqual(shareStructure(structuredClone(value), like), value);
  }
});

test('shareParts: leaves the object and its members objects of their own, because readers use their references as keys', () => {
  const like = { spec: { a: { b: 1 } } };
  const shared = shareParts({ spec: { a: { b: 1 } } }, like);
  assert.notEqual(shared.spec, like.spec);
  assert.equal(shared.spec.a, like.spec.a);
});

test('shareParts: needs less than a third of the memory for objects that are nearly equal', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const labels = Array.from({ length: 50 }, (_, index) => ({ text: `a label that all objects have ${index}` }));
  const text = JSON.stringify({ metadata: { name: 'n' }, spec: { labels } });
  const bytesOf = (make: () => unknown): number => {
    collect();
    const before = process.memoryUsage().heapUsed;
    const objects = Array.from({ length: 1_000 }, make);
    collect();
    return (process.memoryUsage().heapUsed - before) / objects.length;
  };
  const like = JSON.parse(text) as object;
  const plain = bytesOf(() => JSON.parse(text));
  assert.ok(bytesOf(() => shareParts(JSON.parse(text) as object, like)) < plain / 3);
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
