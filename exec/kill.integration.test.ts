/**
 * kill -9 at random points: every intent becomes exactly one order, every order's fills add up, and the ledger is what the fills say.
 *
 * Replay a failure with `FLOTILLA_TEST_SEED=<seed> node --test exec/kill.integration.test.ts`.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { formatTime, formatUnits, multiplyExact, parseUnits } from '@flotilla/contracts';
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { areAllEnded, assertNothingLostOrDoubled } from './testing/audit-executions.ts';
import { type ExecProcess, startExecProcess } from './testing/exec-process.ts';
import { type ExecWorld, startExecWorld } from './testing/exec-world.ts';
import { configFixture, intentFixture, quoteFixture } from './testing/fixtures.ts';

const KILLS = 30;
/** Generous, because a slow machine must not fail the test. */
const TRADES_MS_MAX = 60_000;
/** The longer the kills take, the more intents wait for the last exec. */
const BACKLOG_MS_MAX = 240_000;
const SEED = Number(process.env['FLOTILLA_TEST_SEED'] ?? Math.floor(Math.random() * 1e9));
const VALID_MS = 600_000;

let world: ExecWorld;
let exec: ExecProcess | undefined;
const storm = { over: false };

before(async () => {
  world = await startExecWorld(configFixture({ paper: { latencyMs: 1 } }));
});
after(async () => {
  storm.over = true;
  await exec?.kill('SIGKILL');
  await world.stop();
});

test(
  `exec: loses and doubles nothing, when it is killed ${KILLS} times at random points (seed ${SEED})`,
  { timeout: 600_000 },
  async () => {
    const random = makeSequence(SEED);
    const intentIds: string[] = [];

    /** Markets that show little, so that orders fill in parts, and intents of every kind. */
    const trade = async () => {
      for (let index = 0; !storm.over; index += 1) {
        const ask = (600 + Math.floor(random() * 3)).toFixed(2);
        await world.publishMarket(quoteFixture(`q${index}`, '599.00', ask, { bidSize: '0.07', askSize: '0.07' }));
        const id = `intent-${index}`;
        const isLimit = random() < 0.5;
        const timeInForce = (['GTC', 'GTC', 'IOC', 'FOK'] as const)[Math.floor(random() * 4)] ?? 'GTC';
        const shape = isLimit ? { type: 'LIMIT' as const, limitPrice: '601' } : {};
        const side = random() < 0.5 ? ('BUY' as const) : ('SELL' as const);
        const intent = intentFixture(id, { ...shape, side: isLimit ? 'BUY' : side, quantity: '0.1', timeInForce }, Date.now());
        await world.publishIntent({ ...intent, expiresAt: formatTime(Date.now() + VALID_MS) });
        intentIds.push(id);
        await sleep(random() * 10);
      }
    };

    const trading = trade();
    trading.catch(() => undefined);
    for (let kill = 0; kill < KILLS; kill += 1) {
      exec = await startExecProcess(world.nats, { POD_NAME: `exec-${kill}`, LOG_LEVEL: 'warn' });
      const sequence = await world.lastOrderSequence();
      // Most instances are killed while they trade, some while they start.
      if (random() < 0.8) await eventually('exec trades', async () => (await world.lastOrderSequence()) > sequence, TRADES_MS_MAX);
      await sleep(random() * 60);
      await exec.kill('SIGKILL');
      assert.doesNotMatch(exec.output(), /"level":"fatal"/);
    }
    storm.over = true;
    await trading;

    exec = await startExecProcess(world.nats, { LOG_LEVEL: 'warn' });
    let markets = 0;
    await eventually(
      'every order ends',
      async () => {
        markets += 1;
        await world.publishMarket(quoteFixture(`end-${markets}`, '599.00', '600.00', { bidSize: '1000', askSize: '1000' }));
        return areAllEnded(intentIds, await world.orderEvents());
      },
      BACKLOG_MS_MAX,
    );
    const [events, fills] = [await world.orderEvents(), await world.fills()];
    assertNothingLostOrDoubled(intentIds, events, fills);

    let [cash, quantity] = [parseUnits('1000000'), 0n];
    for (const fill of fills) {
      const signed = parseUnits(fill.quantity) * (fill.side === 'BUY' ? 1n : -1n);
      quantity += signed;
      cash -= multiplyExact(parseUnits(fill.price), signed) + parseUnits(fill.fee);
    }
    const snapshot = await eventually('a snapshot', () => world.snapshot());
    assert.equal(snapshot.cash, formatUnits(cash));
    assert.equal(snapshot.positions[0]?.quantity ?? '0', formatUnits(quantity));
    assert.ok((await world.reconciles()).every((reconcile) => reconcile.result === 'MATCHED'));
    assert.ok(events.length > KILLS && fills.length > KILLS, `${events.length} order events, ${fills.length} fills`);
    await exec.kill('SIGTERM');
  },
);
