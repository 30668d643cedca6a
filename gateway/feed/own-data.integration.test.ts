/** Tests replays of a user's own files against a real NATS and a real gateway: refused rows, formats, and files that change or lie elsewhere. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type GatewaySource,
  keys,
  type ReplayRequest,
  type ReplayStatus,
  replayStatusSchema,
  type RowFormat,
  subjects,
} from '@flotilla/contracts';
import { GATEWAY_NAME, gatewayStatusSchema, type SourceReport } from '@flotilla/contracts/control/gateway-status.ts';
import { openBucket } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type GatewayWorld, type RunningGateway, startWorld } from '../testing/gateway-world.ts';

const BARS: RowFormat = { kind: 'Bars', barMs: 60_000, delimiter: ',', columns: {}, time: 'Iso' };
const TRADES: RowFormat = {
  kind: 'Trades',
  delimiter: ';',
  columns: { time: 'Stamp', symbol: 'Ticker' },
  time: 'EpochMicroseconds',
  symbols: [{ symbol: 'XBTUSD', instrument: 'BTC-USD' }],
};
const COMMON = { ratePerSecond: 1_000, burst: 1_000, scheme: 'Replay' } as const;
const SOURCES: readonly GatewaySource[] = [
  { ...COMMON, name: 'bars', venue: 'OWN', instruments: ['BTC-USD'], datasets: ['bars'], folder: 'datasets/bars', format: BARS },
  {
    ...COMMON,
    name: 'trades',
    venue: 'OWN-TRADES',
    instruments: ['BTC-USD', 'ETH-USD'],
    datasets: ['trades'],
    folder: 'datasets/claim',
    path: 'day/one',
    format: TRADES,
  },
  { ...COMMON, name: 'links', venue: 'OWN', instruments: ['BTC-USD'], datasets: ['secret'], folder: 'datasets/links', format: BARS },
  { ...COMMON, name: 'headless', venue: 'OWN', instruments: ['BTC-USD'], datasets: ['bars'], folder: 'datasets/headless', format: BARS },
];

/** 28 rows of one minute each; row 5 (line 7) has no price. */
const ROWS = Array.from({ length: 28 }, (_, row) => {
  const close = row === 5 ? 'NaN' : `100.${row}`;
  return `2018-04-04T00:${String(row).padStart(2, '0')}:00Z,100,101,99,${close},${row}`;
});
const COUNTS = {
  usable: 27,
  refused: 1,
  firstRefused:
    'bars.csv line 7: close: expected a plain decimal above 0 up to 1000000000, at most 15 significant digits and 12 decimal places, no exponent, found "NaN"',
};

let world: GatewayWorld;
let gateway: RunningGateway;

before(async () => {
  world = await startWorld();
  write('bars/bars.csv', ['time,open,high,low,close,volume', ...ROWS]);
  write('claim/day/one/trades.csv', [
    'Stamp;Ticker;Price;Size',
    '1522800000123456;XBTUSD;7000.5;0.25',
    '1522800000123457;DOGE;1;1',
    '1522800001000000;ETH-USD;400;5e-05',
  ]);
  write('headless/bars.csv', ROWS);
  write('links/other.csv', []);
  symlinkSync(join(dirname(world.sourcesFile), 'secrets/alerts'), join(dirname(world.sourcesFile), 'datasets/links/secret.csv'));
  world.writeSources(SOURCES);
  gateway = await world.startGateway();
});
after(() => world.stop());

function write(path: string, lines: readonly string[]): void {
  const file = join(dirname(world.sourcesFile), 'datasets', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, lines.map((line) => `${line}\r\n`).join(''));
}

async function ask(source: string, request: Partial<ReplayRequest> & { readonly runId: string }): Promise<ReplayStatus> {
  const whole = { schemaVersion: 1, dataset: source, speed: 0, fromRow: 0, action: 'start', ...request };
  const answer = await world.commandLineBus.request(subjects.replay(source), Buffer.from(JSON.stringify(whole)), 5_000);
  return replayStatusSchema.parse(JSON.parse(Buffer.from(answer ?? []).toString('utf8')));
}

async function play(source: string, request: Partial<ReplayRequest> & { readonly runId: string }): Promise<ReplayStatus> {
  await ask(source, request);
  return eventually(
    `run ${request.runId} is over`,
    async () => {
      const status = await ask(source, { ...request, action: 'status' });
      return status.state === 'RUNNING' ? undefined : status;
    },
    60_000,
  );
}

async function reportOf(source: string, is: (report: SourceReport) => boolean): Promise<SourceReport> {
  return eventually(
    `the gateway reports on ${source}`,
    async () => {
      const entry = await openBucket(world.bus, 'STATUS').get(keys.gatewayStatus(GATEWAY_NAME));
      if (entry === undefined) return undefined;
      const { sources } = gatewayStatusSchema.parse(JSON.parse(Buffer.from(entry.value).toString('utf8')));
      const report = sources.find(({ name }) => name === source);
      return report !== undefined && is(report) ? report : undefined;
    },
    60_000,
  );
}

/** Of the source bars, since the gateway started. */
async function countOf(metric: string): Promise<number> {
  const { values } = await gateway.metrics.counter(metric, '', ['source']).get();
  return values.find(({ labels }) => labels.source === 'bars')?.value ?? 0;
}

const rawOf = async (source: string) => world.events('signals.raw', 'SIGNALS', subjects.signalRaw(source));

test('own data: replays 27 of 28 rows, counts the row with NaN with its line and reason, and poisons nothing', async () => {
  const status = await play('bars', { runId: 'once' });
  assert.deepEqual(status, { schemaVersion: 1, state: 'DONE', runId: 'once', row: 28, rowsTotal: 28, rows: COUNTS });
  const bars = await eventually('27 bars are normalized', async () => {
    const events = await world.events('signals.normalized', 'SIGNALS', subjects.signalNormalized('OWN', 'BTC-USD'));
    return events.length === 27 ? events : undefined;
  });
  assert.ok(bars.every((bar) => bar.kind === 'bar' && bar.close !== 'NaN'));
  assert.deepEqual(await world.events('poison', 'POISON', '>'), []);
});

test('own data: the report of the gateway holds the counts before any replay, and again when the file has changed', async () => {
  assert.deepEqual(await reportOf('bars', ({ rows }) => rows !== undefined), { name: 'bars', rows: COUNTS });
  write('bars/bars.csv', ['time,open,high,low,close,volume', ...ROWS.slice(0, 4)]);
  const changed = await reportOf('bars', ({ rows }) => rows?.refused === 0);
  assert.deepEqual(changed.rows, { usable: 4, refused: 0 });
  write('bars/bars.csv', ['time,open,high,low,close,volume', ...ROWS]);
  await reportOf('bars', ({ rows }) => rows?.refused === 1);
});

test('own data: a part of the rows counts the refused rows of that part alone', async () => {
  const before = await play('bars', { runId: 'before', rows: 5 });
  assert.deepEqual([before.row, before.rows], [5, { usable: 5, refused: 0 }]);
  const behind = await play('bars', { runId: 'behind', fromRow: 4, rows: 3 });
  assert.deepEqual([behind.row, behind.rows], [7, { ...COUNTS, usable: 2 }]);
});

test('own data: a gateway that restarts counts the same rows again, and publishes none twice', async () => {
  await play('bars', { runId: 'restarted' });
  await gateway.stop();
  gateway = await world.startGateway();
  assert.equal((await ask('bars', { runId: 'restarted', action: 'status' })).state, 'UNKNOWN');
  assert.deepEqual((await play('bars', { runId: 'restarted' })).rows, COUNTS);
  const nonces = (await rawOf('bars')).filter(({ nonce }) => nonce.startsWith('restarted:')).map(({ nonce }) => nonce);
  assert.deepEqual([nonces.length, new Set(nonces).size], [27, 27]);
  // The bus would recognise a second publication for some minutes only, so the gateway must not make one.
  assert.deepEqual([await countOf('gateway_replay_rows_total'), await countOf('gateway_replay_rows_refused_total')], [0, 1]);
});

test('own data: trades of several symbols with other columns, another delimiter and microseconds come out as trades of their instruments', async () => {
  const status = await play('trades', { runId: 'trades' });
  assert.deepEqual(status.rows, {
    usable: 2,
    refused: 1,
    firstRefused: 'trades.csv line 3: Ticker: expected a symbol of spec.replay.format.symbols or an instrument of the source, found "DOGE"',
  });
  const tradesOf = (instrument: string) =>
    eventually(`a trade of ${instrument}`, async () => {
      const [trade] = await world.events('signals.normalized', 'SIGNALS', subjects.signalNormalized('OWN-TRADES', instrument));
      return trade?.kind === 'trade' ? [trade.eventTime, trade.price, trade.size] : undefined;
    });
  assert.deepEqual(await tradesOf('BTC-USD'), ['2018-04-04T00:00:00.123456Z', '7000.5', '0.25']);
  assert.deepEqual(await tradesOf('ETH-USD'), ['2018-04-04T00:00:01.000Z', '400', '0.00005']);
});

test('own data: does not follow a link out of the folder, and shows nothing of the file there', async () => {
  const { problem } = await reportOf('links', (report) => report.problem !== undefined);
  assert.equal(problem?.reason, 'DatasetUnusable');
  assert.match(problem?.message ?? '', /expected a file within .*, found that .*secret\.csv is a link to another place: copy the file/);
  const status = await ask('links', { runId: 'links', dataset: 'secret' });
  assert.equal(status.state, 'FAILED');
});

test('own data: a file without a header fails with what was expected, and the report says so before a replay', async () => {
  const says =
    /^bars\.csv: expected the columns time, open, high, low, close, volume in the header, found "2018-04-04.*begin the file with a header/;
  assert.match((await reportOf('headless', (report) => report.problem !== undefined)).problem?.message ?? '', says);
  const status = await play('headless', { runId: 'headless', dataset: 'bars' });
  assert.equal(status.state, 'FAILED');
  assert.match(status.error ?? '', says);
});

test('own data: a file that is deleted is a problem of its source, and the other sources work on', async () => {
  rmSync(join(dirname(world.sourcesFile), 'datasets/claim/day/one/trades.csv'));
  assert.match(
    (await reportOf('trades', (report) => report.problem !== undefined)).problem?.message ?? '',
    /readable file .*trades\.csv, found ENOENT/,
  );
  assert.equal((await play('bars', { runId: 'still' })).state, 'DONE');
});
