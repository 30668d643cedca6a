import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { occurrenceId } from './occurrence-id.ts';

test('occurrenceId: two occurrences of the same kind in one millisecond have different names', () => {
  const [first, second] = [
    occurrenceId('attempt agent-main_btc audit.event.main', systemRng),
    occurrenceId('attempt agent-main_btc audit.event.main', systemRng),
  ];
  assert.notEqual(first, second);
  assert.match(first, /^[0-9a-f]{64}$/);
});
