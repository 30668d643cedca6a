import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventTime } from './event-time.ts';
import { formatTime } from './format-time.ts';

for (const [reason, timeMs, text] of [
  ['a whole second keeps its three digits', Date.UTC(2026, 10, 21, 12), '2026-11-21T12:00:00.000Z'],
  ['a millisecond shows', Date.UTC(2026, 10, 21, 12) + 1, '2026-11-21T12:00:00.001Z'],
  ['the epoch', 0, '1970-01-01T00:00:00.000Z'],
  ['a leap day', Date.UTC(2028, 1, 29), '2028-02-29T00:00:00.000Z'],
] as const) {
  test(`formatTime: prints ${text} (${reason})`, () => {
    assert.equal(formatTime(timeMs), text);
    assert.equal(Date.parse(text), timeMs);
  });
}

test('formatTime: prints what the schema of event times takes', () => {
  const text = formatTime(Date.UTC(2026, 10, 21));
  assert.equal(eventTime.parse(text), text);
});

test('formatTime: throws, when the number is not a moment', () => {
  assert.throws(() => formatTime(Number.NaN), RangeError);
});
