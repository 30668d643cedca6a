import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HmacSource, TradingViewSource } from '../sources/source-table.ts';
import { FieldError } from '../signals/field-error.ts';
import { readBody } from './read-body.ts';

const NOW_MS = Date.parse('2016-10-07T00:00:04Z');
const COMMON = { venue: 'COINBASE', instruments: ['BTC-USD'], ratePerSecond: 10, burst: 10, secretFile: 'x', secret: Buffer.alloc(16) };
const HMAC: HmacSource = { ...COMMON, name: 'alerts', scheme: 'Hmac' };
const TRADING_VIEW: TradingViewSource = {
  ...COMMON,
  name: 'tv',
  scheme: 'TradingView',
  sourceAddresses: [],
  addresses: undefined,
  symbolMap: new Map([['COINBASE:BTCUSD', 'BTC-USD']]),
  freshnessMs: 60_000,
};

test('readBody: refuses an instrument that the source may not speak of, and names those it may', () => {
  const body = Buffer.from('{"instrument":"ETH-USD","price":1,"signal":"BUY","strength":1}');
  assert.throws(
    () => readBody({ scheme: 'Hmac', source: HMAC, nonce: 'nonce-0001' }, body, NOW_MS),
    (error) => error instanceof FieldError && error.code === 'INSTRUMENT_UNKNOWN' && /BTC-USD/.test(error.expected),
  );
});

test('readBody: takes a symbol of the chart for the instrument that the source maps it to', () => {
  const read = readBody({ scheme: 'TradingView', source: TRADING_VIEW }, Buffer.from('long COINBASE:BTCUSD 611.87'), NOW_MS);
  assert.partialDeepStrictEqual(read?.alert, { instrument: 'BTC-USD', signal: 'BUY' });
});

test('readBody: refuses bytes that are not UTF-8', () => {
  assert.throws(() => readBody({ scheme: 'TradingView', source: TRADING_VIEW }, Buffer.from([0x62, 0xff]), NOW_MS), /UTF-8/);
});

test('readBody: a body with a time is good for the freshness on either side, and not a millisecond more', () => {
  const read = (nowMs: number) =>
    readBody({ scheme: 'TradingView', source: TRADING_VIEW }, Buffer.from('buy BTC-USD 611.87 1 2016-10-07T00:00:04Z'), nowMs);
  for (const offsetMs of [-60_000, 0, 60_000]) assert.notEqual(read(NOW_MS + offsetMs), undefined);
  for (const offsetMs of [-60_001, 60_001]) assert.equal(read(NOW_MS + offsetMs), undefined);
});

test('readBody: the same TradingView words share one admission key, and a later first use is another signal', () => {
  const authentic = { scheme: 'TradingView', source: TRADING_VIEW } as const;
  const first = readBody(authentic, Buffer.from('buy BTC-USD 611.87'), NOW_MS);
  const later = readBody(authentic, Buffer.from('buy BTC-USD 611.87'), NOW_MS + 3_600_000);
  const other = readBody(authentic, Buffer.from('buy BTC-USD 611.88'), NOW_MS);
  assert.equal(first?.admissionKey, later?.admissionKey);
  assert.notEqual(first?.nonce, later?.nonce);
  assert.notEqual(first?.admissionKey, other?.admissionKey);
});
