import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unmatchedOf } from './find-unmatched.ts';

const existing = new Map([
  ['trading', ['main', 'other']],
  ['empty', []],
]);

test('unmatchedOf: is undefined, when every portfolio exists', () => {
  assert.equal(unmatchedOf([{ namespace: 'trading', name: 'main' }], existing), undefined);
});

test('unmatchedOf: names what does not exist, and what exists instead', () => {
  const wanted = [
    { namespace: 'trading', name: 'mian' },
    { namespace: 'trading', name: 'other' },
    { namespace: 'empty', name: 'main' },
  ];
  assert.deepEqual(unmatchedOf(wanted, existing), {
    names: ['trading/mian', 'empty/main'],
    existing: 'Did you mean main? Namespace trading has main, other; namespace empty has no portfolio.',
  });
});
