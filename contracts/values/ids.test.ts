import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clientOrderId, orderIntentId, rawSignalId } from './ids.ts';

test('rawSignalId: differs whenever source, nonce or body differ, wherever the border between them lies', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), fc.nat(8), (source, nonce, body, shift) => {
      const moved = Math.min(shift, nonce.length);
      const other = [source + nonce.slice(0, moved), nonce.slice(moved), body] as const;
      assert.equal(rawSignalId(source, nonce, body) === rawSignalId(...other), moved === 0);
    }),
  );
});

test('orderIntentId: cannot be pre-empted, when another agent has another key', () => {
  const mine = orderIntentId(Buffer.from('a'.repeat(32)), 'input', 0);
  assert.notEqual(mine, orderIntentId(Buffer.from('b'.repeat(32)), 'input', 0));
  assert.equal(mine, orderIntentId(Buffer.from('a'.repeat(32)), 'input', 0));
});

test('clientOrderId: fits the 32 characters of a venue field', () => assert.match(clientOrderId('main', 'x'), /^[0-9a-f]{32}$/));
