import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesOf, isSuite } from './suites.ts';

test('filesOf: puts every test file into exactly one suite', () => {
  const paths = [
    'a/x.ts',
    'a/x.test.ts',
    'a/y.integration.test.ts',
    'test/e2e/z.e2e.test.ts',
    'test/kills/k.kills.test.ts',
    'test/faults/f.faults.test.ts',
    'test/cluster/c.cluster.test.ts',
  ];
  assert.deepEqual(filesOf('unit', paths), ['a/x.test.ts']);
  assert.deepEqual(filesOf('integration', paths), ['a/y.integration.test.ts']);
  assert.deepEqual(filesOf('e2e', paths), ['test/e2e/z.e2e.test.ts']);
  assert.deepEqual(filesOf('kills', paths), ['test/kills/k.kills.test.ts']);
  assert.deepEqual(filesOf('faults', paths), ['test/faults/f.faults.test.ts']);
  assert.deepEqual(filesOf('cluster', paths), ['test/cluster/c.cluster.test.ts']);
});

test('isSuite: is false, when the name is an inherited member of an object', () => {
  assert.ok(isSuite('unit'));
  assert.ok(!isSuite('toString'));
});
