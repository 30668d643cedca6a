import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTime } from './format-time.ts';
import { EVENT_TIME_MAX, EVENT_TIME_MIN, eventTime, ORDER_VALIDITY_MS_MAX } from './event-time.ts';
import { EVENTS } from '../events/catalogue.ts';
import { encodeEvent, parseEvent } from '../events/parse.ts';

for (const [reason, text, ok] of [
  ['it is the first moment', EVENT_TIME_MIN, true],
  ['it is a second before the first moment', '1999-12-31T23:59:59Z', false],
  ['it is the last moment', EVENT_TIME_MAX, true],
  ['it is a second behind the last moment', '2100-01-01T00:00:01Z', false],
  ['it has nanoseconds', '2026-11-21T12:00:00.123456789Z', true],
  ['the month does not exist', '2026-13-01T00:00:00Z', false],
  ['the day does not exist', '2026-02-30T00:00:00Z', false],
  ['the day exists in a leap year alone', '2024-02-29T00:00:00Z', true],
  ['the day is the last one of its month', '2026-01-31T23:59:59Z', true],
  ['the hour does not exist', '2026-11-21T25:00:00Z', false],
  ['the year is 9999', '9999-12-31T23:59:59Z', false],
] as const) {
  test(`eventTime: ${ok ? 'takes' : 'refuses'} the text, when ${reason}`, () => {
    assert.equal(eventTime.safeParse(text).success, ok);
  });
}

const TIME = '2026-11-21T12:00:00.000Z';
const intent = {
  schemaVersion: 1,
  id: 'i1',
  corrId: 'c1',
  time: TIME,
  producer: { service: 'agents', revision: 'dev' },
  portfolio: 'main',
  strategy: 'momentum',
  instrument: 'BTC-USD',
  side: 'BUY',
  type: 'MARKET',
  quantity: '1',
  timeInForce: 'IOC',
  reduceOnly: false,
  proposalIds: [],
};
const after = (delayMs: number) => formatTime(Date.parse(TIME) + delayMs);

for (const [reason, expiresAt, ok] of [
  ['it expires at its bound', after(ORDER_VALIDITY_MS_MAX), true],
  ['it expires a millisecond behind its bound', after(ORDER_VALIDITY_MS_MAX + 1), false],
  ['it expires in the year 9999', '9999-12-31T23:59:59Z', false],
  ['it expired before it was made', after(-1), true],
] as const) {
  test(`order intent: is ${ok ? 'read' : 'refused'}, when ${reason}`, () => {
    const bytes = encodeEvent({ ...intent, expiresAt });
    if (ok) assert.equal(parseEvent('decisions.order_intent', bytes).event.expiresAt, expiresAt);
    else assert.throws(() => parseEvent('decisions.order_intent', bytes), { code: 'EVENT_MALFORMED', message: /expiresAt/ });
  });
}

test('EVENTS: every time of every event has bounds, except the validity of an order that is recorded already', () => {
  const unbounded: string[] = [];
  for (const [type, schema] of Object.entries(EVENTS)) {
    const shapes = 'options' in schema ? schema.options.map((option) => option.shape) : [schema.shape];
    for (const shape of shapes) {
      for (const [name, field] of Object.entries(shape)) {
        const takes = (text: string) => field.safeParse(text).success;
        if (takes(TIME) && !takes('now') && takes('9999-12-31T23:59:59Z')) unbounded.push(`${type}.${name}`);
      }
    }
  }
  assert.deepEqual(unbounded, ['executions.order.expiresAt']);
});
