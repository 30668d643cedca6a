import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeEvent, type OrderEvent, type StoredMessage } from '@flotilla/contracts';
import { firstOrderEvent } from '../engine/execution-events.ts';
import { intentFixture, PORTFOLIO, START_MS, STRATEGY } from '../testing/fixtures.ts';
import { judgeDuplicate } from './judge-duplicate.ts';

const FENCE = 100;
const DENIAL = { code: 'INTENT_EXPIRED', message: 'late', details: {} } as const;
const ORIGIN = { by: 'AGENT', subjectStrategy: STRATEGY, causationId: undefined, traceparent: undefined } as const;

function eventOf(epoch: number, isDenied: boolean, id = 'a'): { readonly subject: string; readonly event: OrderEvent } {
  const verdict = { denials: isDenied ? [DENIAL] : [], policyHash: undefined };
  const recorded = firstOrderEvent({ portfolio: PORTFOLIO, epoch, revision: 'test' }, intentFixture(id), ORIGIN, START_MS, verdict);
  return { subject: recorded.subject, event: recorded.event as OrderEvent };
}
const sent = (isDenied: boolean) => {
  const { subject, event } = eventOf(2, isDenied);
  return { subject, event, payload: encodeEvent(event), fenceSequence: FENCE };
};
function stored(sequence: number, { subject, event }: ReturnType<typeof eventOf>): StoredMessage {
  return { stream: 'EXECUTIONS', subject, sequence, storedAtMs: 0, payload: encodeEvent(event), headers: {} };
}

test('judgeDuplicate: knows its own event, when the acknowledgement of an earlier try was lost', () => {
  assert.equal(judgeDuplicate(sent(false), stored(FENCE + 1, eventOf(2, false))).kind, 'OWN');
});

for (const isDenied of [true, false]) {
  test(`judgeDuplicate: accepts what an earlier instance answered, when it was ${isDenied ? 'DENIED' : 'ACCEPTED'} and is denied now`, () => {
    assert.equal(judgeDuplicate(sent(true), stored(FENCE - 1, eventOf(1, isDenied))).kind, 'EARLIER');
  });
}

test('judgeDuplicate: finds a contradiction, when exec accepts what an earlier instance answered', () => {
  assert.equal(judgeDuplicate(sent(false), stored(FENCE - 1, eventOf(1, true))).kind, 'CONTRADICTION');
});

test('judgeDuplicate: finds a contradiction, when the id stands under another subject or on another event', () => {
  const other = { ...eventOf(1, true), subject: 'executions.order.other.x' };
  assert.equal(judgeDuplicate(sent(true), stored(FENCE - 1, other)).kind, 'CONTRADICTION');
  assert.equal(judgeDuplicate(sent(true), stored(FENCE - 1, eventOf(1, true, 'b'))).kind, 'CONTRADICTION');
});

test('judgeDuplicate: finds another writer, when something else was stored behind the epoch', () => {
  assert.equal(judgeDuplicate(sent(true), stored(FENCE + 1, eventOf(3, true))).kind, 'FOREIGN');
});

test('judgeDuplicate: does not know, when the leader does not hold the message', () => {
  assert.equal(judgeDuplicate(sent(true), undefined).kind, 'UNKNOWN');
});
