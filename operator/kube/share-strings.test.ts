import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { makeStringSharing } from './share-strings.ts';

test('makeStringSharing: changes nothing that can be seen, whatever the JSON', () => {
  const share = makeStringSharing(10);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      assert.equal(JSON.stringify(share(JSON.parse(text))), text);
    }),
    { numRuns: 500 },
  );
});

test('makeStringSharing: needs less than half the memory for objects that say the same', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const text = JSON.stringify({ labels: Array.from({ length: 50 }, (_, index) => `a label that all objects have ${index}`) });
  const bytesOf = (make: () => unknown): number => {
    collect();
    const before = process.memoryUsage().heapUsed;
    const objects = Array.from({ length: 1_000 }, make);
    collect();
    return (process.memoryUsage().heapUsed - before) / objects.length;
  };
  const share = makeStringSharing();
  const plain = bytesOf(() => JSON.parse(text));
  assert.ok(bytesOf(() => share(JSON.parse(text))) < plain / 2);
});
