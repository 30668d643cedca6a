/** Tests the parsers of recorded bars and quotes, with every row of the recorded data. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { FieldError } from './field-error.ts';
import { parseBarRow } from './bar-row.ts';
import { quoteCondition } from './quote-condition.ts';
import { parseQuoteRow } from './quote-row.ts';

const DATA = new URL('../../examples/data/', import.meta.url);

function rowsOf(name: string): readonly string[] {
  return readFileSync(new URL(name, DATA), 'utf8').trimEnd().split('\n').slice(1);
}

test('parseBarRow: is known at its close', () => {
  assert.deepEqual(parseBarRow('2016-10-07T00:00:04.000Z,611.78,611.87,611.78,611.87,0.60046', 1_000), {
    openTime: '2016-10-07T00:00:04.000Z',
    eventTime: '2016-10-07T00:00:05.000Z',
    open: '611.78',
    high: '611.87',
    low: '611.78',
    close: '611.87',
    volume: '0.60046',
  });
});

const BAD_BARS = [
  ['2016-10-07T00:00:04.000Z,611.78,611.87,611.78,611.87', 'row'],
  ['2016-10-07T00:00:04.000Z,611.78,611.87,611.78,611.87,1,2', 'row'],
  ['', 'row'],
  ['2016-10-07 00:00:04,611.78,611.87,611.78,611.87,1', 'time'],
  ['2016-10-07T00:00:04Z,NaN,611.87,611.78,611.87,1', 'open'],
  ['2016-10-07T00:00:04Z,611.78,Infinity,611.78,611.87,1', 'high'],
  ['2016-10-07T00:00:04Z,611.78,611.87,-611.78,611.87,1', 'low'],
  ['2016-10-07T00:00:04Z,611.78,611.87,611.78,611.88,1', 'close'],
  ['2016-10-07T00:00:04Z,611.78,611.87,611.78,611.87,-1', 'volume'],
  ['2016-10-07T00:00:04Z,611.78,611.77,611.78,611.78,1', 'low'],
] as const;

for (const [row, field] of BAD_BARS) {
  test(`parseBarRow: refuses ${JSON.stringify(row)} by its ${field}`, () => {
    assert.throws(
      () => parseBarRow(row, 1_000),
      (error) => error instanceof FieldError && error.field === field && error.retry === 'terminal',
    );
  });
}

test('quoteCondition: compares numbers, not texts', () => {
  assert.equal(quoteCondition('9.9', '10.0'), 'NORMAL');
  assert.equal(quoteCondition('1.10', '1.1'), 'LOCKED');
  assert.equal(quoteCondition('1.38728', '1.38727'), 'CROSSED');
});

test('parseQuoteRow: finds 5,409 locked and 3,991 crossed quotes in the recorded EUR/USD day, and every row readable', () => {
  const counts = { NORMAL: 0, LOCKED: 0, CROSSED: 0 };
  for (const row of rowsOf('eurusd-quotes-2014-05-01.csv')) counts[parseQuoteRow(row).condition] += 1;
  assert.equal(counts.LOCKED, 5_409);
  assert.equal(counts.CROSSED, 3_991);
});

test('parseBarRow: reads every recorded bar, digit for digit', () => {
  for (const name of ['btcusd-1s-2016-10-07.csv', 'btcusd-1m-2018-04-04.csv', 'ethusd-1m-2018-04-04.csv']) {
    for (const row of rowsOf(name)) {
      const bar = parseBarRow(row, 1_000);
      assert.equal([bar.openTime, bar.open, bar.high, bar.low, bar.close, bar.volume].join(','), row);
    }
  }
});

test('parseBarRow and parseQuoteRow: throw nothing but a FieldError, whatever the row is', () => {
  const field = fc.oneof(fc.constantFrom('2016-10-07T00:00:04.000Z', '1.5', '-1', 'NaN', '', '1e9'), fc.string());
  fc.assert(
    fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
      for (const parse of [() => parseBarRow(fields.join(','), 60_000), () => parseQuoteRow(fields.join(','))]) {
        try {
          parse();
        } catch (error) {
          assert.ok(error instanceof FieldError, String(error));
        }
      }
    }),
    { numRuns: 2_000 },
  );
});
