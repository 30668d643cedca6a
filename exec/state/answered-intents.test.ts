import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrderEvent } from '@flotilla/contracts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { START_MS } from '../testing/fixtures.ts';
import { answeredAfter, isAnswered } from './answered-intents.ts';

const eventOf = (causationId: string | undefined) => ({ causationId, time: formatTime(START_MS) }) as OrderEvent;

test('answeredAfter: keeps the place that lies furthest, when events come in any order', () => {
  const after = ['DECISIONS:7', 'DECISIONS:9', 'DECISIONS:8', undefined, 'SIGNALS:99', 'DECISIONS:x'].reduce(
    (before, causationId) => answeredAfter(before, eventOf(causationId)),
    answeredAfter(undefined, eventOf(undefined)),
  );
  assert.deepEqual(after, { sequence: 9, answeredAtMs: START_MS });
});

const CASES = [
  ['lies before the last answered one', 8, START_MS - 1_000, true],
  ['is the last answered one', 9, START_MS, true],
  ['lies behind it', 10, START_MS + 1_000, false],
  ['lies before it in a stream that was made anew', 8, START_MS + 60_001, false],
  ['was stored by a clock that runs ahead a minute', 8, START_MS + 60_000, true],
] as const;

for (const [when, sequence, storedAtMs, want] of CASES) {
  test(`isAnswered: is ${want}, when the intent ${when}`, () => {
    assert.equal(isAnswered({ sequence: 9, answeredAtMs: START_MS }, { sequence, storedAtMs }), want);
  });
}

test('isAnswered: is false, when nothing was answered yet', () => {
  assert.equal(isAnswered(undefined, { sequence: 1, storedAtMs: 0 }), false);
});
