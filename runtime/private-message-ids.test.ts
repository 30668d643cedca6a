import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePrivateMessageIds } from './private-message-ids.ts';
import { systemRng } from './rng.ts';

test('makePrivateMessageIds: one process names an event the same each time, and another process names it differently', () => {
  const [own, other] = [makePrivateMessageIds(systemRng), makePrivateMessageIds(systemRng)];
  assert.equal(own('event'), own('event'));
  assert.notEqual(own('event'), own('another event'));
  assert.notEqual(own('event'), other('event'));
  assert.match(own('event'), /^[0-9a-f]{64}$/);
});
