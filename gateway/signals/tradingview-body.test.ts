import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FieldError } from './field-error.ts';
import { parseTradingViewBody } from './tradingview-body.ts';

const BUY = { instrument: 'BTC-USD', price: '611.87', signal: 'BUY', strength: '1', unknownFields: [] };

const SYMBOLS = new Map([
  ['BTCUSD', 'BTC-USD'],
  ['COINBASE:BTCUSD', 'BTC-USD'],
  ['BTCUSD.P', 'BTC-USD'],
]);

const READ = [
  ['long BTCUSD 611.87', BUY],
  ['Long COINBASE:BTCUSD 611.87', BUY],
  ['short BTCUSD.P 611.87', { ...BUY, signal: 'SELL' }],
  ['{"signal":"long","instrument":"COINBASE:BTCUSD","price":" 611.87 ","strength":"1"}', BUY],
  ['{"signal":"buy","instrument":"BTC-USD","price":611.87,"time":" 2016-10-07T00:00:04Z "}', { ...BUY, time: '2016-10-07T00:00:04Z' }],
  ['buy btcusd 611.87', { ...BUY, instrument: 'btcusd' }],
  ['buy BTC-USD 611.87', BUY],
  ['BUY BTC-USD 611.87 0.5', { ...BUY, strength: '0.5' }],
  ['sell BTC-USD 611.87 1 2016-10-07T00:00:04Z\n', { ...BUY, signal: 'SELL', time: '2016-10-07T00:00:04Z' }],
  ['  flat\r\nBTC-USD\t611.870', { ...BUY, signal: 'FLAT' }],
  ['{"signal":"buy","instrument":"BTC-USD","price":611.87}', BUY],
  ['\n{"signal":"buy","instrument":"BTC-USD","price":"611.87","time":"2016-10-07T00:00:04Z"}', { ...BUY, time: '2016-10-07T00:00:04Z' }],
] as const;

for (const [text, expected] of READ) {
  test(`parseTradingViewBody: reads ${JSON.stringify(text)}`, () => assert.deepEqual(parseTradingViewBody(text, SYMBOLS), expected));
}

const REFUSED = [
  ['buy COINBASE:ETHUSD 611.87', 'instrument'],
  ['buy coinbase:btcusd 611.87', 'instrument'],
  ['{{strategy.order.action}} BTC-USD {{close}}', 'body'],
  ['buy BTC-USD {{close}}', 'price'],
  ['', 'body'],
  ['buy BTC-USD', 'body'],
  ['buy BTC-USD 1 1 2016-10-07T00:00:04Z more', 'body'],
  ['{"signal":"buy"', 'body'],
  ['hold BTC-USD 611.87', 'signal'],
  ['buy BTC.USD 611.87', 'instrument'],
  ['buy BTC-USD NaN', 'price'],
  ['buy BTC-USD 1e3', 'price'],
  ['buy BTC-USD 611.87 2', 'strength'],
  ['buy BTC-USD 611.87 1 yesterday', 'time'],
  ['buy BTC-USD 611.87 1 2016-02-30T00:00:00Z', 'time'],
  ['buy BTC-USD 611.87 1 2016-10-07T25:00:00Z', 'time'],
  ['buy BTC-USD 611.87 1 2016-10-07T00:00:04+02:00', 'time'],
] as const;

for (const [text, field] of REFUSED) {
  test(`parseTradingViewBody: refuses ${JSON.stringify(text)} by its ${field}`, () => {
    assert.throws(
      () => parseTradingViewBody(text, SYMBOLS),
      (error) => error instanceof FieldError && error.field === field,
    );
  });
}

test('parseTradingViewBody: throws nothing but a FieldError, whatever it gets', () => {
  const word = fc.oneof(fc.constantFrom('buy', 'SELL', 'BTC-USD', '1', '0.5', '2016-10-07T00:00:04Z', '{', '"', '-', '1e9'), fc.string());
  fc.assert(
    fc.property(fc.array(word, { maxLength: 7 }), (words) => {
      try {
        parseTradingViewBody(words.join(' '), SYMBOLS);
      } catch (error) {
        assert.ok(error instanceof FieldError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});
