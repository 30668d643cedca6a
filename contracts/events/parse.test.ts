import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FlotillaError } from '../errors/errors.ts';
import { EVENT_BYTES_MAX } from '../values/limits.ts';
import { EVENTS, type EventType } from './catalogue.ts';
import { encodeEvent, parseEvent } from './parse.ts';

const bar = {
  schemaVersion: 1,
  id: 'a1',
  corrId: 'c1',
  time: '2026-11-21T12:00:00.000Z',
  producer: { service: 'gateway', revision: 'dev' },
  source: 'btc-replay',
  venue: 'coinbase',
  instrument: 'BTC-USD',
  eventTime: '2016-10-07T00:00:05.000Z',
  kind: 'bar',
  openTime: '2016-10-07T00:00:04.000Z',
  open: '611.78',
  high: '611.87',
  low: '611.78',
  close: '611.87',
  volume: '0.60046',
};

test('parseEvent: keeps and names unknown fields, when a newer producer sends them', () => {
  const { event, unknownFields } = parseEvent('signals.normalized', encodeEvent({ ...bar, vwap: '611.8' }));
  assert.deepEqual(unknownFields, ['vwap']);
  assert.equal((event as unknown as { vwap: string }).vwap, '611.8');
  assert.deepEqual(parseEvent('signals.normalized', encodeEvent(bar)).unknownFields, []);
});

test('parseEvent: names unknown fields at any depth, when a newer producer sends them inside of what is known', () => {
  const { unknownFields } = parseEvent(
    'signals.normalized',
    encodeEvent({ ...bar, producer: { ...bar.producer, zone: 'a' }, vwap: '611.8' }),
  );
  assert.deepEqual(unknownFields, ['vwap', 'producer.zone']);
});

test('parseEvent: reads an order that was denied for a reason of a newer version, and keeps the code', () => {
  const order = {
    schemaVersion: 1,
    id: 'o1',
    corrId: 'c1',
    time: bar.time,
    producer: bar.producer,
    portfolio: 'main',
    epoch: 1,
    strategy: 'momentum',
    instrument: 'BTC-USD',
    orderId: 'o',
    intentId: 'i',
    ordinal: 0,
    status: 'DENIED',
    side: 'BUY',
    type: 'MARKET',
    quantity: '1',
    timeInForce: 'IOC',
    reduceOnly: false,
    expiresAt: bar.time,
    filledQuantity: '0',
    leavesQuantity: '0',
    denials: [{ code: 'SELF_TRADE', message: 'would trade with itself', details: {}, check: 'self-trade' }],
  };
  const { event, unknownFields } = parseEvent('executions.order', encodeEvent(order));
  assert.equal(event.denials?.[0]?.code, 'SELF_TRADE');
  assert.deepEqual(unknownFields, ['denials.0.check']);
});

for (const [reason, change, code, words] of [
  ['a price is a number', { close: 611.87 }, 'EVENT_MALFORMED', /close/],
  ['a price is negative', { close: '-1' }, 'EVENT_MALFORMED', /close/],
  ['a price is zero', { open: '0.00' }, 'EVENT_MALFORMED', /open/],
  ['the kind is unknown', { kind: 'candle' }, 'EVENT_MALFORMED', /kind/],
  ['a token has a dot', { venue: 'a.b' }, 'EVENT_MALFORMED', /venue/],
  ['the id is missing', { id: undefined }, 'EVENT_MALFORMED', /id/],
  ['the time has no zone', { time: '2026-11-21T12:00:00' }, 'EVENT_MALFORMED', /time/],
  ['the schema is newer', { schemaVersion: 2 }, 'SCHEMA_VERSION_UNSUPPORTED', /update this service/],
] as const) {
  test(`parseEvent: refuses, when ${reason}`, () => {
    assert.throws(
      () => parseEvent('signals.normalized', encodeEvent({ ...bar, ...change })),
      (error) => error instanceof FlotillaError && error.code === code && words.test(error.message),
    );
  });
}

test('parseEvent: refuses oversized payloads before it reads them', () => {
  assert.throws(() => parseEvent('signals.raw', new Uint8Array(EVENT_BYTES_MAX + 1)), { code: 'EVENT_TOO_LARGE' });
});

test('parseEvent: only ever throws coded errors, for any bytes and any type', () => {
  const types = Object.keys(EVENTS) as EventType[];
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (type, bytes) => {
        try {
          parseEvent(type, bytes);
        } catch (error) {
          assert.ok(error instanceof FlotillaError, String(error));
        }
      },
    ),
  );
});
