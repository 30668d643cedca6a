/** Tests the parts of a replay that need no server: datasets, pace, stored rows, and the bound on rows in flight. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { datasetOf, indexRows, rowKnownAtMs } from '../datasets/dataset.ts';
import { makeFlight } from './flight.ts';
import { waitMs } from './pace.ts';
import { nonceRow, rowNonce } from './stored-rows.ts';

const DATA = new URL('../../examples/data/', import.meta.url);
const CATALOGUE = readFileSync(new URL('datasets.json', DATA), 'utf8');

const ROWS = {
  'btcusd-1s-2016-10-07': 4_063,
  'btcusd-1m-2018-04-04': 1_007,
  'ethusd-1m-2018-04-04': 1_009,
  'eurusd-quotes-2014-05-01': 51_053,
};

for (const [name, rows] of Object.entries(ROWS)) {
  test(`indexRows: reads the ${rows} rows of ${name}, whose times never go back`, () => {
    const dataset = datasetOf(CATALOGUE, name);
    const found = indexRows(dataset, readFileSync(new URL(`${name}.csv`, DATA)));
    assert.equal(found.count, rows);
    let lastMs = 0;
    for (let index = 0; index < rows; index += 1) {
      const row = found.textOf(index);
      const knownMs = rowKnownAtMs(dataset, row) ?? assert.fail(`no time in ${row}`);
      assert.ok(knownMs >= lastMs, row);
      lastMs = knownMs;
    }
  });
}

test('datasetOf: says what to add for a dataset that is not described, and reads past bad entries of others', () => {
  assert.throws(() => datasetOf(CATALOGUE, 'spy'), /describe spy/);
  assert.throws(() => datasetOf('{', 'spy'), { code: 'CONFIG_INVALID' });
  const catalogue = '{"spy":{"format":"BAR_CSV","instrument":"SPY"},"fx":{"format":"QUOTE_CSV","instrument":"EUR-USD","colour":1}}';
  assert.throws(() => datasetOf(catalogue, 'spy'), /barMs/);
  assert.partialDeepStrictEqual(datasetOf(catalogue, 'fx'), { format: 'QUOTE_CSV', instrument: 'EUR-USD' });
});

test('indexRows: refuses another header, and takes Windows line ends', () => {
  const dataset = { format: 'QUOTE_CSV', instrument: 'EUR-USD' } as const;
  const rowsOf = (text: string): readonly string[] => {
    const rows = indexRows(dataset, Buffer.from(text));
    return Array.from({ length: rows.count + 1 }, (_, row) => rows.textOf(row));
  };
  assert.throws(() => rowsOf('time,ask,bid\n1,2,3\n'), /time,bid,ask/);
  assert.throws(() => rowsOf(''), /time,bid,ask/);
  assert.deepEqual(rowsOf('time,bid,ask\r\na,b,c\r\n\r\n'), ['a,b,c', '']);
  assert.deepEqual(rowsOf('time,bid,ask\na\n\nb'), ['a', '', 'b', '']);
  assert.deepEqual(rowsOf('time,bid,ask'), ['']);
});

test('rowKnownAtMs: a bar at its close, a quote at once, junk never', () => {
  const openMs = Date.parse('2018-04-04T00:00:00Z');
  assert.equal(rowKnownAtMs({ format: 'BAR_CSV', instrument: 'X', barMs: 60_000 }, '2018-04-04T00:00:00.000Z,1'), openMs + 60_000);
  assert.equal(rowKnownAtMs({ format: 'QUOTE_CSV', instrument: 'X' }, '2018-04-04T00:00:00.000Z,1'), openMs);
  assert.equal(rowKnownAtMs({ format: 'QUOTE_CSV', instrument: 'X' }, 'junk'), undefined);
});

test('waitMs: recorded time runs as many times faster as asked', () => {
  const pace = { recordedMs: 10_000, startedMs: 500, speed: 10 };
  assert.equal(waitMs(pace, 20_000, 500), 1_000);
  assert.equal(waitMs(pace, 20_000, 1_400), 100);
  assert.equal(waitMs(pace, 20_000, 2_000), 0);
  assert.equal(waitMs({ ...pace, speed: 0 }, 20_000, 500), 0);
  assert.equal(waitMs(pace, undefined, 500), 0);
});

test('nonceRow: reads back rowNonce, and no other run is taken for this one', () => {
  const runId = fc.stringMatching(/^[A-Za-z0-9_-]{1,63}$/);
  fc.assert(
    fc.property(runId, runId, fc.nat(10_000_000), (run, other, row) => {
      assert.equal(nonceRow(run, rowNonce(run, row)), row);
      if (other !== run) assert.equal(nonceRow(other, rowNonce(run, row)), undefined);
    }),
  );
  for (const nonce of ['run:', 'run:-1', 'run:01', 'run:1x', 'run:1:2', 'run', 'run:99999999999'])
    assert.equal(nonceRow('run', nonce), undefined);
});

test('makeFlight: keeps its bound and remembers the first failure', async () => {
  const flight = makeFlight(2);
  const settlers: ((error?: Error) => void)[] = [];
  const add = () =>
    flight.add(new Promise((resolve, reject) => settlers.push((error) => (error === undefined ? resolve() : reject(error)))));
  await flight.room();
  add();
  await flight.room();
  add();
  let hasRoom = false;
  const room = flight.room().then(() => (hasRoom = true));
  await Promise.resolve();
  assert.equal(hasRoom, false);
  settlers[0]?.(new Error('first'));
  await room;
  settlers[1]?.(new Error('second'));
  await flight.landed();
  assert.match(String(flight.failure()?.error), /first/);
});
