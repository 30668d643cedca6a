import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { keys, type OrderIntent } from '@flotilla/contracts';
import { agentStatusSchema } from '@flotilla/contracts/control/exec-status.ts';
import { openBucket } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { startAgentProcess, type AgentProcess } from '../testing/agent-process.ts';
import { startFleetServers, type FleetServers } from '../testing/fleet-servers.ts';
import { makeAlert, makeBar } from '../testing/signal-fixture.ts';

const KILLS = 12;
const SEED = Number(process.env['FLOTILLA_SEED'] ?? 20_161_007);
/** Crosses often: with averages of one and two bars every turn of the price is a crossing. */
const MOMENTUM = { fastBars: 1, slowBars: 2, quantity: '0.5', allowShort: true, orderTtlSeconds: 3_600 };

let servers: FleetServers;
before(async () => {
  servers = await startFleetServers();
});
after(() => servers.stop());

test('agent: publishes each intent once and the same ones, when it is killed at random points', { timeout: 280_000 }, async () => {
  const random = mulberry32(SEED);
  await Promise.all(['calm', 'stormy'].map((strategy) => servers.provisionAgent(strategy)));
  const calm = await startMomentum('calm', 1);
  let stormy = await startMomentum('stormy', 2);
  let seen = 0;
  const counter = servers.bus.subscribe('decisions.*.main.stormy', () => {
    seen += 1;
  });

  let bar = 0;
  const publishBurst = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      bar += 1;
      await servers.publishSignal(makeBar(bar, (600 + Math.floor(random() * 1_000) / 100).toFixed(2)));
    }
  };
  for (let kill = 0; kill < KILLS; kill += 1) {
    const killAt = seen + 1 + Math.floor(random() * 20);
    const burst = publishBurst(40);
    await eventually(`decision ${killAt} of the agent (seed ${SEED})`, () => seen >= killAt, 60_000);
    await stormy.kill('SIGKILL');
    await burst;
    stormy = await startMomentum('stormy', 2);
  }
  await publishBurst(5);
  counter.unsubscribe();

  const expected = await eventually(
    'the undisturbed agent to see the last bar',
    async () => {
      const status = await readStatus('calm');
      return status?.signalsConsumed === bar ? servers.readIntents('calm') : undefined;
    },
    60_000,
  );
  await eventually('the killed agent to catch up', async () => (await servers.readIntents('stormy')).length >= expected.length, 60_000);
  assert.equal(await stormy.kill('SIGTERM'), 0);
  assert.equal(await calm.kill('SIGTERM'), 0);

  const found = await servers.readIntents('stormy');
  assert.ok(expected.length > KILLS * 10, `the price turned often enough: ${expected.length}`);
  assert.equal(new Set(found.map((intent) => intent.id)).size, found.length, `no intent twice (seed ${SEED})`);
  assert.deepEqual(found.map(brief), expected.map(brief), `seed ${SEED}`);
});

test('agent: goes on with nothing lost or doubled, when NATS and Redis stop and start while it runs', { timeout: 280_000 }, async () => {
  await servers.provisionAgent('steady');
  const agent = await startMomentum('steady', 4);
  const publish = async (from: number, count: number) => {
    for (let second = from; second < from + count; second += 1) {
      await servers.publishSignal(makeBar(second, second % 2 === 0 ? '600' : '601', { id: `steady-${second}` }));
    }
  };
  const intents = (count: number) =>
    eventually(
      `${count} intents`,
      async () => {
        const found = await servers.readIntents('steady');
        return found.length >= count && found;
      },
      60_000,
    );
  await publish(1_000_000, 20);
  await intents(19);
  await servers.nats.restart();
  await eventually('the bus is back', () => servers.bus.connected(), 60_000);
  await publish(1_000_020, 20);
  await intents(39);
  await servers.redis.kill();
  await publish(1_000_040, 20);
  await intents(59);
  await eventually('the agent says what is missing', async () => (await ready(agent)).includes('Redis does not answer'), 60_000);
  await servers.redis.restart();
  await eventually('the agent is ready again', async () => (await ready(agent)).includes('"status":"ready"'), 60_000);
  assert.equal(await agent.kill('SIGTERM'), 0);

  const again = await startMomentum('steady', 4);
  await publish(1_000_060, 20);
  const found = await intents(79);
  assert.equal(await again.kill('SIGTERM'), 0);
  assert.equal(found.length, 79);
  assert.equal(new Set(found.map(({ id }) => id)).size, 79);
  // Every turn of the price is a flip from half a bitcoin short to half a bitcoin long or back, but for the first.
  assert.deepEqual(
    found.map(({ side, quantity }) => `${side} ${quantity}`),
    Array.from({ length: 79 }, (_, index) => `${index % 2 === 0 ? 'BUY' : 'SELL'} ${index === 0 ? '0.5' : '1'}`),
  );
});

test('agent: orders what a denial left open and no more, when exec tells of it', { timeout: 120_000 }, async () => {
  await servers.provisionAgent('follower');
  const agent = await startAgentProcess({
    natsUrl: servers.nats.url,
    redisUrl: servers.redis.url,
    strategy: 'follower',
    agent: 'Alert',
    parameters: { quantity: '0.5' },
    agentKey: new Uint8Array(32).fill(3),
  });
  await servers.publishSignal(makeAlert('alert-1', 'BUY'));
  await eventually('the first intent', async () => (await servers.readIntents('follower')).length === 1);
  await servers.publishSignal(makeAlert('alert-2', 'BUY'));
  await eventually('the second alert to be consumed', async () => (await consumed(agent, 'alert')) === 2);
  assert.equal((await servers.readIntents('follower')).length, 1, 'the first order is on its way');

  const [first] = await servers.readIntents('follower');
  assert.ok(first);
  await servers.denyOrder(first);
  await eventually('the same alert again to be proposed again', async () => {
    await servers.publishSignal(makeAlert(`alert-${Math.random()}`, 'BUY'));
    return (await servers.readIntents('follower')).length === 2;
  });
  assert.equal(await agent.kill('SIGTERM'), 0);
});

test('agent: ends with one message that names every problem, when settings or parameters are bad', async () => {
  const bad = await startAgentProcess({
    natsUrl: 'nats://127.0.0.1:1',
    redisUrl: 'redis://127.0.0.1:1',
    strategy: 'bad',
    agent: 'Momentum',
    parameters: { fastBars: 50, slowBars: 20, quantity: '-1', window: 3 },
    agentKey: new Uint8Array(32),
  });
  assert.equal(await bad.exited, 1);
  assert.match(bad.output(), /Momentum refuses its parameters; mend spec\.parameters of the Strategy:/);
  assert.match(bad.output(), /Momentum has no window; it takes .*fastBars/);
  assert.match(bad.output(), /quantity: expected a plain positive decimal/);
});

function startMomentum(strategy: string, key: number): Promise<AgentProcess> {
  return startAgentProcess({
    natsUrl: servers.nats.url,
    redisUrl: servers.redis.url,
    strategy,
    agent: 'Momentum',
    parameters: MOMENTUM,
    agentKey: new Uint8Array(32).fill(key),
  });
}

async function readStatus(strategy: string) {
  const entry = await openBucket(servers.bus, 'STATUS').get(keys.agentStatus('main', strategy));
  return entry === undefined ? undefined : agentStatusSchema.parse(JSON.parse(Buffer.from(entry.value).toString()));
}

async function ready(agent: AgentProcess): Promise<string> {
  return (await fetch(`http://127.0.0.1:${agent.port}/ready`)).text();
}

async function consumed(agent: AgentProcess, kind: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${agent.port}/metrics`)).text();
  return Number(new RegExp(`^agents_signals_consumed_total\\{kind="${kind}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

/** All but the id, which is keyed by the strategy. */
function brief({ causationId, side, quantity, reduceOnly, expiresAt }: OrderIntent) {
  return { causationId, side, quantity, reduceOnly, expiresAt };
}

/** A small seeded generator (Tommy Ettinger's mulberry32, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
