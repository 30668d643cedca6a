/** How an agent recovers, when the replica that answers its reads lags: with its own rights at the bus, on a real server (ADR 0088). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Delivery, FlotillaError, formatTime, INSTRUMENT_CATALOGUE, keys, orderIntentId, subjects } from '@flotilla/contracts';
import { openBucket, systemClock, type NatsBus } from '@flotilla/runtime';
import { startLaggingReplica } from '@flotilla/runtime/testing/lagging-replica.ts';
import { openIdentityBus, testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';
import { type FleetServers, startFleetServers } from '../testing/fleet-servers.ts';
import { makeAlert, makeBar } from '../testing/signal-fixture.ts';
import { bindStrategy } from './bound-strategy.ts';
import { firstCheckpoint, openCheckpointStore } from './checkpoint.ts';
import { decide } from './decide.ts';
import { foldSignal } from './fold-signal.ts';
import { makeHoldingsKeeper } from './holdings-keeper.ts';
import { publishDecisions } from './publish-decisions.ts';
import { recover, type RecoveryOptions } from './recover.ts';

const OWNER = { portfolio: 'main', strategy: 'late' } as const;
const AGENT_KEY = new Uint8Array(32).fill(5);
const KEY = keys.checkpoint(OWNER.portfolio, OWNER.strategy);
const definitions = INSTRUMENT_CATALOGUE.filter(({ symbol }) => symbol === 'BTC-USD');
const momentum = bindStrategy('Momentum', { fastBars: 2, slowBars: 5, quantity: '0.5' }, definitions);
const alert = bindStrategy('Alert', { quantity: '0.5' }, definitions);

let servers: FleetServers;
let bus: NatsBus;

before(async () => {
  servers = await startFleetServers();
  bus = await openIdentityBus(servers.nats, { role: 'SignalAgent', ...OWNER });
});
after(async () => {
  await bus.close();
  await servers.stop();
});

/** What a new process of the agent recovers with. */
function recoveryOf(bound: typeof momentum) {
  const common = { bus, clock: systemClock, logger: testLogger(), owner: OWNER };
  const identity = { ...OWNER, parametersHash: bound.parametersHash, agentKey: AGENT_KEY };
  return {
    ...common,
    bound,
    checkpoints: openCheckpointStore(openBucket(bus, 'CHECKPOINTS'), identity),
    holdings: makeHoldingsKeeper({ ...common, instruments: bound.instruments, onChange: () => undefined }),
  } satisfies RecoveryOptions;
}

/** The newest signal, as the consumer of the agent delivers it. */
async function newestSignal(): Promise<Delivery> {
  const message = await servers.bus.last('SIGNALS', subjects.signalNormalized('coinbase', 'BTC-USD'), 'LEADER');
  assert.ok(message !== undefined);
  const unused = () => assert.fail('recovering ends no delivery');
  return { ...message, deliveryCount: 1, pending: 0, ack: unused, nak: unused, term: unused, working: unused };
}

async function whileReplicasLag<T>(streams: readonly string[], run: () => Promise<T>): Promise<T> {
  const replica = await startLaggingReplica(servers.bus, servers.nats.url, streams);
  try {
    return await run();
  } finally {
    await replica.close();
    for (const stream of streams) {
      const { config } = await servers.bus.callApi<{ readonly config: object }>(`STREAM.INFO.${stream}`);
      await servers.bus.callApi(`STREAM.UPDATE.${stream}`, { ...config, allow_direct: true });
    }
  }
}

test('recover: folds every signal behind the checkpoint, when the replica that answers lags', async () => {
  await servers.publishSignal(makeBar(1, '600'));
  const { sequence, storedAtMs } = await newestSignal();
  const { checkpoints } = recoveryOf(momentum);
  await checkpoints.save(firstCheckpoint(sequence, storedAtMs, momentum.initial));
  for (let second = 2; second < 8; second += 1) await servers.publishSignal(makeBar(second, String(600 + second)));
  const first = await newestSignal();
  const known = await recover(recoveryOf(momentum), first);
  assert.equal(known.sequence, first.sequence - 1);
  assert.equal(known.counts.signalsConsumed, 5);
  const lagging = await whileReplicasLag(['SIGNALS'], () => recover(recoveryOf(momentum), first));
  assert.deepEqual([lagging.sequence, lagging.state], [known.sequence, known.state]);
});

test('recover: knows its own intent and what exec made of it, when the replica that answers lags', async () => {
  const options = recoveryOf(alert);
  await servers.publishSignal(makeAlert('alert-late', 'BUY', { time: formatTime(Date.now()) }));
  const signal = await newestSignal();
  await options.checkpoints.save(firstCheckpoint(signal.sequence - 1, signal.storedAtMs, alert.initial));
  const event = makeAlert('alert-late', 'BUY', { time: formatTime(Date.now()) });
  const origin = { stream: 'SIGNALS', sequence: signal.sequence, carrier: {} };
  const { wishes } = foldSignal(alert, { state: alert.initial, open: {}, standing: {} }, event, origin, new Map());
  const { decisions } = decide(alert.instruments, wishes, options.holdings.current().holdings, {
    ...OWNER,
    strategyRevision: undefined,
    agentKey: AGENT_KEY,
    producer: { service: 'agents', revision: 'test' },
    nowMs: Date.now(),
    executionsCompleteAtMs: 0,
  });
  await publishDecisions(bus, decisions);
  const [intent] = await servers.readIntents(OWNER.strategy);
  assert.ok(intent !== undefined);
  assert.equal(intent.id, orderIntentId(AGENT_KEY, 'alert-late', 0));
  await servers.endOrder(intent, intent.quantity);

  const restarted = recoveryOf(alert);
  const position = await whileReplicasLag(['DECISIONS', 'EXECUTIONS'], () => recover(restarted, signal));
  assert.equal(position.answeredThrough.get('BTC-USD'), signal.sequence, 'the signal is answered');
  assert.equal(position.counts.intentsPublished, 1);
  assert.deepEqual(restarted.holdings.current().holdings.settledLots, { 'BTC-USD': 50_000_000 });
});

test('recover: overwrites no checkpoint that a lagging replica did not show, and uses it afterwards', async () => {
  const first = await newestSignal();
  const { checkpoints } = recoveryOf(momentum);
  const saved = firstCheckpoint(first.sequence - 1, first.storedAtMs, { kept: true });
  await checkpoints.save(saved);
  await whileReplicasLag(['KV_CHECKPOINTS'], async () => {
    await assert.rejects(
      recover(recoveryOf(momentum), first),
      (error) => error instanceof FlotillaError && error.retry === 'later' && /checkpoint/.test(error.message),
    );
  });
  assert.deepEqual((await checkpoints.load()).checkpoint, saved);
  assert.deepEqual((await recover(recoveryOf(momentum), first)).state, { kept: true });
});

test('recover: begins without a checkpoint, when the key was deleted by hand', async () => {
  const first = await newestSignal();
  await servers.bus.publish(`$KV.CHECKPOINTS.${KEY}`, new Uint8Array(), { messageId: '', headers: { 'KV-Operation': 'DEL' } });
  const position = await recover(recoveryOf(momentum), first);
  assert.equal(position.sequence, first.sequence - 1);
  assert.equal((await recoveryOf(momentum).checkpoints.load()).checkpoint?.sequence, first.sequence - 1);
});

test('makeHoldingsKeeper: knows of every execution before its time of completeness, when the replica that answers lags', async () => {
  const { holdings } = recoveryOf(alert);
  holdings.reset({ settledLots: {}, working: {}, settledIntentIds: [] }, 0);
  await whileReplicasLag(['EXECUTIONS'], async () => {
    await holdings.refresh();
    assert.equal(holdings.completeAtMs(), 0, 'a replica proves nothing');
    const beforeMs = Date.now();
    await holdings.refresh('LEADER');
    assert.ok(holdings.completeAtMs() >= beforeMs);
    assert.deepEqual(holdings.current().holdings.settledLots, { 'BTC-USD': 50_000_000 });
  });
});
