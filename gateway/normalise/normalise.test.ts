import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeEvent, normalizedSignalId, parseEvent, type RawSignal, rawSignalId } from '@flotilla/contracts';
import { systemClock } from '@flotilla/runtime';
import { normalise } from './normalise.ts';

const CONTEXT = { clock: systemClock, revision: 'test', stream: 'SIGNALS', sequence: 7 };

function raw(fields: Pick<RawSignal, 'format' | 'body'> & Partial<RawSignal>): RawSignal {
  const id = rawSignalId('source', 'nonce-0001', fields.body);
  return {
    schemaVersion: 1,
    id,
    corrId: id,
    time: '2016-10-07T00:00:06.000Z',
    producer: { service: 'gateway', revision: 'test' },
    source: 'source',
    venue: 'COINBASE',
    nonce: 'nonce-0001',
    receivedAt: '2016-10-07T00:00:06.000Z',
    ...fields,
  };
}

const BAR = {
  format: 'BAR_CSV',
  body: '2016-10-07T00:00:04.000Z,611.78,611.87,611.78,611.87,0.60046',
  instrument: 'BTC-USD',
  barMs: 1_000,
} as const;
const QUOTE = { format: 'QUOTE_CSV', body: '2014-05-01T05:00:01.787Z,1.38729,1.38727', instrument: 'EUR-USD' } as const;

const CASES = [
  {
    raw: raw({ format: 'GENERIC', body: '{"instrument":"BTC-USD","price":611.87,"signal":"BUY","strength":0.8}' }),
    expected: {
      kind: 'alert',
      instrument: 'BTC-USD',
      price: '611.87',
      signal: 'BUY',
      strength: '0.8',
      eventTime: '2016-10-07T00:00:06.000Z',
    },
  },
  {
    raw: raw({ format: 'TRADINGVIEW', body: 'sell BTC-USD 611.87 1 2016-10-07T00:00:04Z' }),
    expected: { kind: 'alert', signal: 'SELL', eventTime: '2016-10-07T00:00:04Z' },
  },
  {
    raw: raw({
      format: 'TRADINGVIEW',
      body: 'long COINBASE:BTCUSD 611.87',
      alert: { instrument: 'BTC-USD', price: '611.87', signal: 'BUY', strength: '1' },
    }),
    expected: { kind: 'alert', instrument: 'BTC-USD', signal: 'BUY', eventTime: '2016-10-07T00:00:06.000Z' },
  },
  {
    raw: raw(BAR),
    expected: { kind: 'bar', instrument: 'BTC-USD', openTime: '2016-10-07T00:00:04.000Z', eventTime: '2016-10-07T00:00:05.000Z' },
  },
  { raw: raw(QUOTE), expected: { kind: 'quote', instrument: 'EUR-USD', condition: 'CROSSED', bid: '1.38729', ask: '1.38727' } },
] as const;

for (const each of CASES) {
  test(`normalise: makes a valid ${each.expected.kind} of ${each.raw.format}, with its origin`, () => {
    const signal = normalise(each.raw, CONTEXT);
    const { event, unknownFields } = parseEvent('signals.normalized', encodeEvent(signal));
    assert.deepEqual(unknownFields, []);
    assert.partialDeepStrictEqual(event, each.expected);
    assert.equal(event.id, normalizedSignalId(each.raw.id, 0));
    assert.equal(event.corrId, each.raw.corrId);
    assert.equal(event.causationId, 'SIGNALS:7');
    assert.equal(event.venue, 'COINBASE');
  });
}

const POISONS = [
  { why: 'the body is not JSON', signal: raw({ format: 'GENERIC', body: '{' }) },
  { why: 'a bar does not say how long it is', signal: raw({ format: 'BAR_CSV', body: BAR.body, instrument: 'BTC-USD' }) },
  { why: 'a quote does not say of what', signal: raw({ format: 'QUOTE_CSV', body: QUOTE.body }) },
  { why: 'a row is broken', signal: raw({ ...QUOTE, body: '2014-05-01T05:00:01.787Z,1.38729' }) },
];

for (const { why, signal } of POISONS) {
  test(`normalise: throws a terminal error when ${why}`, () => {
    assert.throws(() => normalise(signal, CONTEXT), { name: /Error/, retry: 'terminal' });
  });
}
