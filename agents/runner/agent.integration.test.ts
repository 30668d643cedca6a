import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type AgentStatus,
  agentStatusSchema,
  type Bar,
  keys,
  formatQuantity,
  INSTRUMENT_CATALOGUE,
  makeInstrument,
  type OrderIntent,
  toQuantityLots,
} from '@flotilla/contracts';
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { openBucket } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type AgentProcess, startAgentProcess } from '../testing/agent-process.ts';
import { startFillingExec } from '../testing/filling-exec.ts';
import { type FleetServers, startFleetServers } from '../testing/fleet-servers.ts';
import { makeAlert, makeBar } from '../testing/signal-fixture.ts';
import { bindStrategy } from './bound-strategy.ts';

const KILLS = 12;
const SEED = Number(process.env['FLOTILLA_SEED'] ?? 20_161_007);
/** Crosses often: with averages of one and two bars every turn of the price is a crossing. */
const MOMENTUM = { fastBars: 1, slowBars: 2, quantity: '0.5', allowShort: true, orderTtlSeconds: 3_600 };

let servers: FleetServers;
before(async () => {
  servers = await startFleetServers();
});
after(() => servers.stop());

test('agent: orders once about each target that it follows, when it is killed at random points', { timeout: 280_000 }, async (context) => {
  const random = makeSequence(SEED);
  await servers.provisionAgent('stormy');
  let agent = await startMomentum('stormy', 2);
  context.after(() => agent.kill('SIGKILL'));
  const exec = startFillingExec(servers, 'stormy');
  context.after(() => exec.stop());
  let seen = 0;
  const counter = servers.bus.subscribe('decisions.*.main.stormy', () => {
    seen += 1;
  });

  const bars: Bar[] = [];
  const publishBar = async () => {
    const bar = makeBar(bars.length + 1, (600 + Math.floor(random() * 1_000) / 100).toFixed(2));
    bars.push(bar);
    await servers.publishSignal(bar);
  };
  for (let kill = 0; kill < KILLS; kill += 1) {
    const killAt = seen + 1 + Math.floor(random() * 20);
    await eventually(`decision ${killAt} of the agent (seed ${SEED})`, async () => {
      await publishBar();
      return seen >= killAt;
    });
    await agent.kill('SIGKILL');
    for (let missed = 0; missed < 5; missed += 1) await publishBar();
    agent = await startMomentum('stormy', 2);
  }
  await publishBar();
  counter.unsubscribe();

  const targets = targetsOf(bars);
  const newest = Math.max(...targets.keys());
  const intents = await eventually(
    'an order, or a position, for the newest target',
    async () => {
      const found = await servers.readIntents('stormy');
      return heldAfter(found) === targets.get(newest) && exec.count() === found.length && found;
    },
    60_000,
  );
  // The last start may be so recent that a signal would still find no handler.
  await eventually('the agent serves', async () => (await ready(agent)) !== '');
  assert.equal(await agent.kill('SIGTERM'), 0);
  assert.ok(intents.length > KILLS, `expected many orders for a proof worth the name, found ${intents.length}`);
  assert.equal(new Set(intents.map((intent) => intent.id)).size, intents.length, `no intent twice (seed ${SEED})`);
  const causes = intents.map(causeOf);
  assert.deepEqual(
    causes,
    causes.toSorted((a, b) => a - b),
    'the newest target follows the older one',
  );
  for (const [index] of intents.entries()) {
    const until = intents.slice(0, index + 1);
    assert.equal(heldAfter(until), targets.get(causes[index] ?? 0), `order ${index} reaches the target of its signal (seed ${SEED})`);
  }
});

test(
  'agent: keeps held and working within the target, when targets alternate faster than exec answers',
  { timeout: 60_000 },
  async (context) => {
    const random = makeSequence(SEED);
    await servers.provisionAgent('hasty');
    const agent = await startMomentum('hasty', 5);
    context.after(() => agent.kill('SIGKILL'));
    let second = 2_000_000;
    const publishTurn = () => servers.publishSignal(makeBar(++second, second % 2 === 0 ? '600' : '601', { id: `hasty-${second}` }));
    let heldLots = 0;
    let answered = 0;
    /** Exec is slow, and the market shows less than all of most orders. */
    const answer = async (share: number): Promise<boolean> => {
      const waiting = (await servers.readIntents('hasty')).slice(answered);
      const lots = waiting.map(signedLots);
      const mostLots = heldLots + lots.filter((each) => each > 0).reduce((sum, each) => sum + each, 0);
      const leastLots = heldLots + lots.filter((each) => each < 0).reduce((sum, each) => sum + each, 0);
      assert.ok(mostLots <= TARGET_LOTS && leastLots >= -TARGET_LOTS, `between ${leastLots} and ${mostLots} lots (seed ${SEED})`);
      const [first] = waiting;
      if (first === undefined) return false;
      const filledLots = Math.floor((lots[0] ?? 0) * share);
      heldLots += filledLots;
      answered += 1;
      await servers.endOrder(first, formatQuantity(Math.abs(filledLots), bitcoin));
      return true;
    };
    for (let burst = 0; burst < 60; burst += 1) {
      for (let turn = 0; turn < 4; turn += 1) await publishTurn();
      await eventually('the burst to be consumed', async () => (await consumed(agent, 'bar')) === 4 * (burst + 1));
      await answer(random());
    }
    await eventually('the position to be the newest target', async () => !(await answer(1)) && heldLots === -TARGET_LOTS);
    assert.ok(answered > 20, `expected many orders for a proof worth the name, found ${answered}`);
    assert.equal(await agent.kill('SIGTERM'), 0);
  },
);

test('agent: goes on with nothing lost or doubled, when NATS stops and starts while it runs', { timeout: 120_000 }, async (context) => {
  await servers.provisionAgent('steady');
  const agent = await startMomentum('steady', 4);
  const exec = startFillingExec(servers, 'steady');
  context.after(async () => {
    await exec.stop();
    await agent.kill('SIGKILL');
  });
  const intents = (count: number) =>
    eventually(
      `${count} intents`,
      async () => {
        const found = await servers.readIntents('steady');
        return found.length >= count && found;
      },
      60_000,
    );
  // Each turn waits for the order about the one before, so that none is passed over.
  const publish = async (from: number, count: number) => {
    for (let second = from; second < from + count; second += 1) {
      await servers.publishSignal(makeBar(second, second % 2 === 0 ? '600' : '601', { id: `steady-${second}` }));
      await intents(second - 1_000_000);
    }
  };
  await publish(1_000_000, 20);
  await intents(19);
  await servers.nats.restart();
  await eventually('the bus is back', () => servers.bus.connected(), 60_000);
  await publish(1_000_020, 20);
  await intents(39);
  await publish(1_000_040, 20);
  await intents(59);
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
    nats: servers.nats,
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
  await servers.endOrder(first);
  await eventually('the same alert again to be proposed again', async () => {
    await servers.publishSignal(makeAlert(`alert-${Math.random()}`, 'BUY'));
    return (await servers.readIntents('follower')).length === 2;
  });
  assert.equal(await agent.kill('SIGTERM'), 0);
});

test('agent: ends with one message that names every problem, when settings or parameters are bad', async () => {
  const bad = await startAgentProcess({
    strategy: 'bad',
    agent: 'Momentum',
    parameters: { fastBars: 50, slowBars: 20, quantity: '-1', fastBar: 3 },
    agentKey: new Uint8Array(32),
  });
  assert.equal(await bad.exited, 1);
  assert.match(bad.output(), /Momentum refuses its parameters; correct spec\.parameters of the Strategy:/);
  assert.match(bad.output(), /Momentum has no fastBar; it takes .*fastBars/);
  assert.match(bad.output(), /quantity: expected a plain positive decimal/);
});

test('agent: goes on with its counts, when its process is replaced', { timeout: 60_000 }, async (context) => {
  await servers.provisionAgent('counting');
  const start = () => startAlert('counting', { quantity: '0.5' }, 4);
  const first = await start();
  context.after(() => first.kill('SIGKILL'));
  const exec = startFillingExec(servers, 'counting');
  context.after(() => exec.stop());
  for (let alert = 0; alert < 3; alert += 1) await servers.publishSignal(makeAlert(`counting-${alert}`, alert % 2 === 0 ? 'BUY' : 'FLAT'));
  const before = await eventually('three signals are reported', async () => {
    const status = await statusOf('counting');
    return status?.signalsConsumed === 3 && status.intentsPublished > 0 && status;
  });
  assert.equal(await first.kill('SIGTERM'), 0);
  const again = await start();
  context.after(() => again.kill('SIGKILL'));
  const restored = await eventually('the new process reports', async () => {
    const status = await statusOf('counting');
    return status !== undefined && status.instance !== before.instance && status;
  });
  assert.deepEqual(
    [restored.signalsConsumed, restored.intentsPublished, restored.firstSignalAt],
    [before.signalsConsumed, before.intentsPublished, before.firstSignalAt],
    'before any further signal',
  );
  await servers.publishSignal(makeAlert('counting-3', 'FLAT'));
  const after = await eventually('the fourth signal is reported', async () => {
    const status = await statusOf('counting');
    return status?.signalsConsumed === 4 && status;
  });
  assert.equal(after.firstSignalAt, before.firstSignalAt);
  assert.equal(after.intentsPublished, (await servers.readIntents('counting')).length);
});

const PROBLEMS = [
  {
    why: 'its quantity is not a whole number of lots',
    strategy: 'off-lot',
    agent: 'Alert',
    parameters: { quantity: '0.000000001' },
    signal: (id: string) => makeAlert(id, 'BUY'),
    reason: 'QuantityOffLot',
    message: /BTC-USD/,
  },
  {
    why: 'an alert comes without a market price',
    strategy: 'blind',
    agent: 'Alert',
    parameters: { notional: '1000' },
    signal: (id: string) => makeAlert(id, 'BUY'),
    reason: 'PositionNotSized',
    message: /BUY opens nothing: BTC-USD: expected a market price of the last 60000 ms, found none/,
  },
  {
    why: 'prices are below one tick',
    strategy: 'tickless',
    agent: 'Momentum',
    parameters: MOMENTUM,
    signal: (id: string) => makeBar(1, '0.001', { id }),
    reason: 'PricesUnusable',
    message: /prices cannot be used: BTC-USD: expected a close of at least one tick of 0\.01, found 0\.001/,
  },
] as const;

for (const { why, strategy, agent, parameters, signal, reason, message } of PROBLEMS) {
  test(`agent: reports ${reason} and sends nothing to POISON, when ${why}`, { timeout: 60_000 }, async (context) => {
    await servers.provisionAgent(strategy);
    const started = await startAgentProcess({
      nats: servers.nats,
      strategy,
      agent,
      parameters,
      agentKey: new Uint8Array(32).fill(5),
    });
    context.after(() => started.kill('SIGKILL'));
    let count = 0;
    const problem = await eventually('the problem is reported', async () => {
      await servers.publishSignal(signal(`${strategy}-${(count += 1)}`));
      return (await statusOf(strategy))?.problem;
    });
    assert.equal(problem.reason, reason);
    assert.match(problem.message, message);
    assert.deepEqual(await servers.readIntents(strategy), []);
    const poison = await servers.bus.callApi<{ readonly state: { readonly messages: number } }>('STREAM.INFO.POISON', {});
    assert.equal(poison.state.messages, 0);
  });
}

test(
  'agent: orders an exit again on the next bar, when the market showed nothing, and its process was killed between',
  { timeout: 60_000 },
  async (context) => {
    const strategy = 'leaver';
    await servers.provisionAgent(strategy);
    const start = () =>
      startAgentProcess({
        nats: servers.nats,
        strategy,
        agent: 'Momentum',
        parameters: { ...MOMENTUM, allowShort: false },
        agentKey: new Uint8Array(32).fill(6),
      });
    const intents = (count: number) =>
      eventually(`${count} intents`, async () => {
        const found = await servers.readIntents(strategy);
        return found.length >= count && found;
      });
    const publish = (second: number, close: string) =>
      servers.publishSignal(makeBar(4_000_000 + second, close, { id: `leaver-${second}` }));
    const first = await start();
    context.after(() => first.kill('SIGKILL'));
    for (const [second, close] of ['600', '601'].entries()) await publish(second, close);
    const [entry] = await intents(1);
    assert.ok(entry !== undefined);
    await servers.endOrder(entry, entry.quantity);
    await eventually('the agent exits', async () => {
      await publish(2, '600');
      return (await servers.readIntents(strategy)).length === 2;
    });
    const exit = (await intents(2))[1];
    assert.ok(exit !== undefined);
    await first.kill('SIGKILL');
    await servers.endOrder(exit, '0');

    const again = await start();
    context.after(() => again.kill('SIGKILL'));
    await publish(3, '595');
    const found = await intents(3);
    assert.deepEqual(
      found.map(({ side, quantity }) => `${side} ${quantity}`),
      ['BUY 0.5', 'SELL 0.5', 'SELL 0.5'],
    );
    assert.equal(new Set(found.map(({ id }) => id)).size, 3);
    await servers.endOrder(found[2] ?? exit, '0.5');
    await publish(4, '590');
    await eventually(
      'the last bar to be consumed',
      async () => (await statusOf(strategy))?.instance !== undefined && (await consumed(again, 'bar')) >= 2,
    );
    assert.equal((await servers.readIntents(strategy)).length, 3, 'nothing is left to exit');
  },
);

function startAlert(strategy: string, parameters: object, key: number): Promise<AgentProcess> {
  return startAgentProcess({
    nats: servers.nats,
    strategy,
    agent: 'Alert',
    parameters,
    agentKey: new Uint8Array(32).fill(key),
  });
}

async function statusOf(strategy: string): Promise<AgentStatus | undefined> {
  const entry = await openBucket(servers.bus, 'STATUS').get(keys.agentStatus('main', strategy));
  return entry === undefined ? undefined : agentStatusSchema.parse(JSON.parse(Buffer.from(entry.value).toString()));
}

function startMomentum(strategy: string, key: number): Promise<AgentProcess> {
  return startAgentProcess({
    nats: servers.nats,
    strategy,
    agent: 'Momentum',
    parameters: MOMENTUM,
    agentKey: new Uint8Array(32).fill(key),
  });
}

async function ready(agent: AgentProcess): Promise<string> {
  return (await fetch(`http://127.0.0.1:${agent.port}/ready`)).text();
}

async function consumed(agent: AgentProcess, kind: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${agent.port}/metrics`)).text();
  return Number(new RegExp(`^agents_signals_consumed_total\\{kind="${kind}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

const bitcoin = makeInstrument(INSTRUMENT_CATALOGUE.find(({ symbol }) => symbol === 'BTC-USD')!);
const TARGET_LOTS = toQuantityLots(MOMENTUM.quantity, bitcoin);

/** The target of an undisturbed agent after each bar, by the bar's second; only bars that change the target are listed. */
function targetsOf(bars: readonly Bar[]): ReadonlyMap<number, number> {
  const bound = bindStrategy('Momentum', MOMENTUM, [INSTRUMENT_CATALOGUE.find(({ symbol }) => symbol === 'BTC-USD')!]);
  const targets = new Map<number, number>();
  let state = bound.initial;
  for (const [index, bar] of bars.entries()) {
    const step = bound.onSignal(state, bar);
    state = step.state;
    for (const { targetLots } of step.targets) targets.set(index + 1, targetLots);
  }
  return targets;
}

/** Position in the stream of the bar behind an intent, from 1: it is the first test's bars that the stream begins with. */
function causeOf({ causationId }: OrderIntent): number {
  return Number(causationId?.split(':')[1]);
}

function signedLots({ side, quantity }: OrderIntent): number {
  return toQuantityLots(quantity, bitcoin) * (side === 'BUY' ? 1 : -1);
}

function heldAfter(intents: readonly OrderIntent[]): number {
  return intents.reduce((sum, intent) => sum + signedLots(intent), 0);
}
