import assert from 'node:assert/strict';
import { test } from 'node:test';
import { singleHeader } from './single-header.ts';

test('singleHeader: gives the value of a header that is there once, whatever its case', () => {
  assert.equal(singleHeader(['Host', 'x', 'X-Nonce', 'abc'], 'x-nonce'), 'abc');
});

test('singleHeader: gives nothing when it is missing or doubled, even with the same value', () => {
  assert.equal(singleHeader(['Host', 'x-nonce'], 'x-nonce'), undefined);
  assert.equal(singleHeader(['X-Nonce', 'abc', 'x-nonce', 'abc'], 'x-nonce'), undefined);
});
