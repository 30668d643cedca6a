/** Tests replays and their normalized signals against a real NATS and a real gateway. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { normaliserConsumer, type ReplayRequest, type ReplayStatus, replayStatusSchema, subjects } from '@flotilla/contracts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { DATA_FOLDER, type GatewayWorld, type RunningGateway, startWorld } from '../testing/gateway-world.ts';

const BTC = 'btcusd-1s-2016-10-07';
const BTC_ROWS = readFileSync(join(DATA_FOLDER, `${BTC}.csv`), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1);

let world: GatewayWorld;
let gateway: RunningGateway;

before(async () => {
  world = await startWorld();
  gateway = await world.startGateway();
});
after(() => world.stop());

async function ask(source: string, request: Partial<ReplayRequest> & { readonly runId: string }): Promise<ReplayStatus> {
  const whole = { schemaVersion: 1, dataset: BTC, speed: 0, fromRow: 0, action: 'start', ...request };
  const answer = await world.commandLineBus.request(subjects.replay(source), Buffer.from(JSON.stringify(whole)), 5_000);
  return replayStatusSchema.parse(JSON.parse(Buffer.from(answer ?? []).toString('utf8')));
}

function over(source: string, runId: string, timeoutMs = 60_000): Promise<ReplayStatus> {
  return eventually(
    `run ${runId} is over`,
    async () => {
      const status = await ask(source, { runId, action: 'status' });
      return status.state === 'RUNNING' ? undefined : status;
    },
    timeoutMs,
  );
}

/** Bodies of the run's rows as stored, in order. */
async function storedRows(source: string, runId: string): Promise<readonly string[]> {
  const events = await world.events('signals.raw', 'SIGNALS', subjects.signalRaw(source));
  return events.filter(({ nonce }) => nonce.startsWith(`${runId}:`)).map(({ body }) => body);
}

test('replay: publishes every row once and in order, as recorded, and again nothing for the same run', async () => {
  assert.equal((await ask('btc', { runId: 'once' })).state, 'RUNNING');
  const rows = { usable: 4_063, refused: 0 };
  assert.deepEqual(await over('btc', 'once'), { schemaVersion: 1, state: 'DONE', runId: 'once', row: 4_063, rowsTotal: 4_063, rows });
  assert.deepEqual(await storedRows('btc', 'once'), BTC_ROWS);
  await ask('btc', { runId: 'once' });
  await over('btc', 'once');
  assert.equal((await storedRows('btc', 'once')).length, BTC_ROWS.length);
});

test('replay: comes out normalized in order, each bar known at its close', async () => {
  const bars = await eventually(
    'every bar is normalized',
    async () => {
      const events = await world.events('signals.normalized', 'SIGNALS', subjects.signalNormalized('COINBASE', 'BTC-USD'));
      return events.length >= BTC_ROWS.length ? events : undefined;
    },
    60_000,
  );
  assert.equal(bars.length, BTC_ROWS.length);
  for (const [index, bar] of bars.entries()) {
    assert.ok(bar.kind === 'bar');
    assert.equal([bar.openTime, bar.open, bar.high, bar.low, bar.close, bar.volume].join(','), BTC_ROWS[index]);
    assert.equal(Date.parse(bar.eventTime), Date.parse(bar.openTime) + 1_000);
  }
});

test('replay: takes a part of the rows, at the recorded pace over the speed', async () => {
  // Rows 0 and 1 lie 26 s apart.
  const startMs = performance.now();
  await ask('btc', { runId: 'paced', rows: 2, speed: 100 });
  const status = await over('btc', 'paced');
  assert.equal(status.state, 'DONE');
  assert.ok(performance.now() - startMs >= 255, 'the second row waits for 26 s over 100');
  assert.deepEqual(await storedRows('btc', 'paced'), BTC_ROWS.slice(0, 2));
  await ask('btc', { runId: 'part', fromRow: 10, rows: 5 });
  await over('btc', 'part');
  assert.deepEqual(await storedRows('btc', 'part'), BTC_ROWS.slice(10, 15));
});

test('replay: stops when asked, and a new start goes on where it was', async () => {
  await ask('btc', { runId: 'stopped', rows: 3, speed: 1 });
  await eventually('the first row is out', async () => (await ask('btc', { runId: 'stopped', action: 'status' })).row === 1);
  await ask('btc', { runId: 'stopped', action: 'stop' });
  assert.equal((await over('btc', 'stopped')).state, 'STOPPED');
  await ask('btc', { runId: 'stopped', rows: 3, speed: 0 });
  assert.equal((await over('btc', 'stopped')).state, 'DONE');
  assert.deepEqual(await storedRows('btc', 'stopped'), BTC_ROWS.slice(0, 3));
});

const REFUSED = [
  { why: 'the dataset is not one of the source', request: { dataset: 'ethusd-1m-2018-04-04' }, says: /dataset of btc/ },
  { why: 'the dataset is not described', request: { dataset: 'broken' }, says: /describe broken/ },
  { why: 'the source may not speak of the instrument', request: { dataset: 'eurusd-quotes-2014-05-01' }, says: /EUR-USD/ },
  { why: 'the dataset is a path', request: { dataset: '../../etc/passwd' }, says: /dataset/ },
  { why: 'the speed is negative', request: { speed: -1 }, says: /speed/ },
];

for (const { why, request, says } of REFUSED) {
  test(`replay: says FAILED with the reason when ${why}`, async () => {
    const status = await ask('btc', { runId: 'refused', ...request });
    assert.equal(status.state, 'FAILED');
    assert.match(status.error ?? '', says);
  });
}

test('replay: says at once why a source cannot replay', async () => {
  for (const [source, says] of [
    ['alerts', /scheme Replay, found one of scheme Hmac/],
    ['tv', /found one of scheme TradingView/],
  ] as const) {
    const status = await ask(source, { runId: 'refused' });
    assert.equal(status.state, 'FAILED');
    assert.match(status.error ?? '', says);
  }
});

test('replay: gives the memory of its rows back when it ends', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const usedBytes = () => {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const play = async (runId: string) => {
    await ask('small', { runId, dataset: 'eurusd-quotes-2014-05-01', rows: 1 });
    assert.equal((await over('small', runId)).state, 'DONE');
  };
  await play('warm');
  const before = usedBytes();
  for (let run = 0; run < 40; run += 1) await play(`memory-${run}`);
  const grownBytes = usedBytes() - before;
  assert.ok(grownBytes < 20_000_000, `40 finished replays of a file of 2.3 MB hold ${grownBytes} bytes`);
});

test('replay: does not know a run that was not started', async () => {
  assert.equal((await ask('btc', { runId: 'not-started', action: 'status' })).state, 'UNKNOWN');
});

test('replay: NATS killed in the middle loses and doubles nothing', async () => {
  await ask('btc', { runId: 'outage' });
  await eventually('it runs', async () => (await ask('btc', { runId: 'outage', action: 'status' })).row > 300);
  await world.nats.kill();
  await world.nats.restart();
  await eventually('the bus is back', () => world.bus.connected());
  assert.equal((await eventually('it answers', () => over('btc', 'outage'))).state, 'DONE');
  const stored = await storedRows('btc', 'outage');
  assert.deepEqual(stored.toSorted(), BTC_ROWS.toSorted());
});

test('replay: a gateway that goes in the middle is resumed by another one, and nothing is lost or doubled', async () => {
  await ask('btc', { runId: 'resumed' });
  await eventually('it runs', async () => (await ask('btc', { runId: 'resumed', action: 'status' })).row > 300);
  await gateway.stop();
  const before = (await storedRows('btc', 'resumed')).length;
  assert.ok(before >= 300 && before < BTC_ROWS.length, `stopped in the middle, after ${before} rows`);
  gateway = await world.startGateway();
  await ask('btc', { runId: 'resumed' });
  assert.equal((await over('btc', 'resumed')).state, 'DONE');
  assert.deepEqual(await storedRows('btc', 'resumed'), BTC_ROWS);
});

test('normaliser: an unreadable row goes to POISON with its reason, and what follows passes', async () => {
  const event = (nonce: string, body: string) => ({
    schemaVersion: 1,
    id: `poison-test-${nonce}`,
    corrId: `poison-test-${nonce}`,
    time: '2016-10-07T00:00:06.000Z',
    producer: { service: 'gateway', revision: 'test' },
    source: 'fx',
    venue: 'TEST',
    instrument: 'EUR-USD',
    format: 'QUOTE_CSV',
    nonce,
    receivedAt: '2016-10-07T00:00:06.000Z',
    body,
  });
  const good = '2014-05-01T05:00:01.787Z,1.38727,1.38729';
  for (const [nonce, body] of [
    ['bad', 'x,1.38727,NaN'],
    ['good', good],
  ] as const) {
    const payload = Buffer.from(JSON.stringify(event(nonce, body)));
    await world.bus.publish(subjects.signalRaw('fx'), payload, { messageId: `poison-test-${nonce}` });
  }
  await world.bus.publish(subjects.signalRaw('fx'), Buffer.from('not JSON'), { messageId: 'poison-test-junk' });
  const { stream, name } = normaliserConsumer();
  const poisons = await eventually(
    'both are poisoned',
    async () => {
      const events = await world.events('poison', 'POISON', subjects.poison(stream, name));
      return events.length === 2 ? events : undefined;
    },
    60_000,
  );
  assert.deepEqual(poisons.map(({ code }) => code).toSorted(), ['EVENT_MALFORMED', 'WEBHOOK_MALFORMED']);
  assert.ok(poisons.some(({ reason }) => /time: expected a time in UTC/.test(reason)));
  await eventually(
    'the good one passed',
    async () => (await world.events('signals.normalized', 'SIGNALS', 'signals.normalized.TEST.EUR-USD')).length === 1,
  );
});

test('replay: the recorded EUR/USD day has 5,409 locked and 3,991 crossed quotes, counted and kept', async () => {
  const startMs = performance.now();
  await ask('fx', { runId: 'day', dataset: 'eurusd-quotes-2014-05-01' });
  assert.equal((await over('fx', 'day', 600_000)).state, 'DONE');
  // On a busy machine the bus delivers a message again before its answer arrives. The gateway counts it again, and the bus stores it once.
  const expected = { NORMAL: 51_053 - 5_409 - 3_991 + 1, LOCKED: 5_409, CROSSED: 3_991 };
  await eventually(
    'every quote is counted',
    async () => {
      const { values } = await gateway.metrics.counter('gateway_quotes_total', '', ['condition']).get();
      const counts = new Map(values.map(({ labels, value }) => [labels.condition, value]));
      const found = Object.entries(expected).map(([condition, count]) => [condition, counts.get(condition) ?? 0, count] as const);
      if (found.every(([, count, least]) => count >= least)) return true;
      throw new Error(`expected at least ${JSON.stringify(expected)}, found ${JSON.stringify([...counts])}`);
    },
    600_000,
  );
  const stored = { NORMAL: 0, LOCKED: 0, CROSSED: 0 };
  await eventually('every quote is stored', async () => {
    const quotes = await world.events('signals.normalized', 'SIGNALS', subjects.signalNormalized('FXCM', 'EUR-USD'));
    if (quotes.length < 51_053) return false;
    for (const quote of quotes) if (quote.kind === 'quote') stored[quote.condition] += 1;
    return true;
  });
  assert.deepEqual(stored, { NORMAL: 51_053 - 5_409 - 3_991, LOCKED: 5_409, CROSSED: 3_991 });
  console.log(`EUR/USD day replayed and normalized in ${Math.round(performance.now() - startMs)} ms`);
});
