/** Halts and deletions without evidence, records that go backwards, and two operators: on a real API server and a real nats-server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';
import { execConsumer } from '@flotilla/contracts/bus/consumers.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { subjects } from '@flotilla/contracts/bus/subjects.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { makeMetrics, openBucket, systemClock, systemRng } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestSystemAccount } from '@flotilla/runtime/testing/open-system-account.ts';
import { openTestBus, testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';
import { haltFinalizer, KINDS } from '../kinds.ts';
import { type Operator, startOperator } from '../start-operator.ts';
import { makeObject, portfolio, riskPolicy, strategy, TEST_SETTINGS, withSpec } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';

const OVERRIDE = 'flotilla.dev/delete-without-exec';

let fixture: OperatorFixture;
before(async () => {
  fixture = await startOperatorFixture();
  await fixture.apply(riskPolicy);
});
after(() => fixture.stop());

const named = (object: ResourceObject, name: string): ResourceObject => ({ ...object, metadata: { ...object.metadata, name } });
const haltOver = (name: string, ...portfolios: readonly string[]): ResourceObject =>
  makeObject('KillSwitch', name, {
    scope: { type: 'Portfolios', portfolios: portfolios.map((one) => ({ namespace: 'trading', name: one })) },
    reason: 'drill',
  });
const haltOverNamespace = (name: string): ResourceObject =>
  makeObject('KillSwitch', name, { scope: { type: 'Namespaces', namespaces: ['trading'] }, reason: 'drill' });
/** Portfolios that the tests before leave, whose exec has run. */
const EARLIER = ['again', 'brief', 'lost'];
const statusOf = async (name: string): Promise<KillSwitchStatus> =>
  (await fixture.find<ResourceObject<unknown, KillSwitchStatus>>(KINDS.killSwitch, name))?.status ?? {};
const isGone = async (type: ResourceType, name: string): Promise<boolean> => (await fixture.find(type, name)) === undefined;
const conditionOf = (status: KillSwitchStatus, type: string): string | undefined =>
  status.conditions?.find((condition) => condition.type === type)?.status;

/** A portfolio that is provisioned. */
async function provision(name: string): Promise<void> {
  await fixture.apply(named(portfolio, name));
  await eventually(`${name} is provisioned`, async () => (await fixture.config(name)) !== undefined);
}

/** As an exec leaves it that ran and ended: an epoch in its event log. */
async function leaveEpoch(name: string): Promise<void> {
  await fixture.bus.publish(subjects.epoch(name), Buffer.from('{}'), { messageId: `epoch-${name}` });
}

/** As an exec reports that confirms the record. */
async function confirmHalt(name: string, change: Partial<ExecStatus> = {}): Promise<void> {
  const record = await fixture.halt(name);
  const now = formatTime(Date.now());
  await fixture.reportExec(name, {
    tradingState: 'HALTED',
    reason: 'TRADING_HALTED',
    halt: {
      haltId: record?.haltId ?? '',
      generation: record?.generation ?? 0,
      receivedAt: now,
      gateClosedAt: now,
      restingCancelledCount: 0,
      refusedCount: 0,
      zeroOpenOrdersVerifiedAt: now,
    },
    ...change,
  });
}

async function engaged(name: string): Promise<HaltRecord> {
  return eventually(`${name} is halted`, async () => {
    const record = await fixture.halt(name);
    return record?.state === 'ENGAGED' ? record : undefined;
  });
}

/** The audit event of an override of this kind; empty when there is none. */
async function overrideOf(portfolioName: string, kind: string): Promise<string> {
  for await (const { payload } of fixture.bus.read('AUDIT', { subject: subjects.audit(portfolioName), fromSequence: 1 })) {
    const text = Buffer.from(payload).toString('utf8');
    if (text.includes('"action":"DELETION_OVERRIDDEN"') && text.includes(`"kind":"${kind}"`)) return text;
  }
  return '';
}

const annotate = (type: ResourceType, name: string, text: string) =>
  fixture.cluster.patch(
    type,
    { name, ...(type.namespaced ? { namespace: 'trading' } : {}) },
    { metadata: { annotations: { [OVERRIDE]: text } } },
  );

test('KillSwitch: is partial and names the portfolio, when exec has run and does not report, and waits when it is deleted', async () => {
  await provision('quiet');
  await leaveEpoch('quiet');
  await fixture.apply(haltOver('k-quiet', 'quiet'));
  const partial = await fixture.reason(KINDS.killSwitch, 'k-quiet', 'Ready', 'HaltPartial');
  assert.equal(partial.status, 'False');
  assert.match(partial.message, /exec does not report.*trading\/quiet/);
  const status = await statusOf('k-quiet');
  assert.deepEqual([conditionOf(status, 'GatesClosed'), conditionOf(status, 'OrdersCancelled')], ['Unknown', 'Unknown']);
  assert.deepEqual([status.state, status.haltedCount], ['Engaging', 0]);
  await fixture.remove(KINDS.killSwitch, 'k-quiet');
  const releasing = await fixture.reason(KINDS.killSwitch, 'k-quiet', 'Ready', 'Releasing');
  assert.match(releasing.message, /trading\/quiet; start exec again, or override: kubectl annotate killswitch\/k-quiet/);
  assert.equal((await fixture.halt('quiet'))?.state, 'ENGAGED');
});

test('KillSwitch: is released without exec, when a person says so, and the audit log says who', async () => {
  await annotate(KINDS.killSwitch, 'k-quiet', 'no reason given');
  await annotate(KINDS.killSwitch, 'k-quiet', 'ada: the node burned down');
  await eventually('it is gone', () => isGone(KINDS.killSwitch, 'k-quiet'));
  assert.equal((await fixture.halt('quiet'))?.state, 'RELEASED');
  assert.match(await overrideOf('quiet', 'KillSwitch'), /"person":"ada".*"reason":"the node burned down"/);
});

test('Strategy: waits for exec that does not report, and goes when a person says so', async () => {
  await fixture.apply(named(withSpec(strategy, { portfolioRef: { name: 'quiet' } }), 'left'));
  await eventually('exec is told of it', async () => (await fixture.config('quiet'))?.strategies.length === 1);
  await fixture.remove(KINDS.strategy, 'left');
  const waiting = await fixture.reason(KINDS.strategy, 'left', 'Ready', 'Deleting');
  assert.match(waiting.message, /exec does not report.*kubectl annotate strategy\/left/);
  await annotate(KINDS.strategy, 'left', 'ada: the node burned down');
  await eventually('it is gone', () => isGone(KINDS.strategy, 'left'));
  assert.match(await overrideOf('quiet', 'Strategy'), /"name":"left","person":"ada"/);
});

test('Portfolio: waits for exec that does not report, and goes when a person says so', async () => {
  await fixture.remove(KINDS.portfolio, 'quiet');
  const waiting = await fixture.reason(KINDS.portfolio, 'quiet', 'Ready', 'Deleting');
  assert.match(waiting.message, /exec does not report.*kubectl annotate portfolio\/quiet/);
  await annotate(KINDS.portfolio, 'quiet', 'ada: the node burned down');
  await eventually('it is gone', () => isGone(KINDS.portfolio, 'quiet'));
  assert.match(await overrideOf('quiet', 'Portfolio'), /"person":"ada"/);
});

test('Portfolio and Strategy: go at once, when the portfolio never had an exec', async () => {
  await provision('unborn');
  await fixture.apply(named(withSpec(strategy, { portfolioRef: { name: 'unborn' } }), 'early'));
  await eventually('it is bound', async () => (await fixture.find(KINDS.strategy, 'early'))?.metadata.finalizers !== undefined);
  await fixture.remove(KINDS.strategy, 'early');
  await eventually('the strategy is gone', () => isGone(KINDS.strategy, 'early'));
  await fixture.remove(KINDS.portfolio, 'unborn');
  await eventually('the portfolio is gone', () => isGone(KINDS.portfolio, 'unborn'));
});

test('Strategy: goes after its Portfolio, by what exec confirmed last', async () => {
  await provision('parent');
  await fixture.apply(named(withSpec(strategy, { portfolioRef: { name: 'parent' } }), 'child'));
  await eventually('exec is told of it', async () => (await fixture.config('parent'))?.strategies.length === 1);
  await fixture.reportExec('parent');
  await fixture.remove(KINDS.portfolio, 'parent');
  await eventually('the portfolio is gone', async () => {
    await fixture.reportExec('parent');
    return isGone(KINDS.portfolio, 'parent');
  });
  // As the operator hears it after a restart, when exec has long ended.
  await fixture.reportExec('parent', { updatedAt: formatTime(Date.now() + 1) });
  await fixture.remove(KINDS.strategy, 'child');
  await eventually('the strategy is gone', () => isGone(KINDS.strategy, 'child'));
});

const seen = (haltGeneration: number): Partial<ExecStatus> => ({ haltGeneration, tradingState: 'HALTED', reason: 'HALT_UNKNOWN' });
const control = () => openBucket(fixture.bus, 'CONTROL');

test('halt record: is written again above what exec has seen, when it is lost', async () => {
  await provision('lost');
  await fixture.bus.publish(`$KV.CONTROL.${keys.halt('lost')}`, new Uint8Array(), { messageId: '', headers: { 'KV-Operation': 'DEL' } });
  await fixture.reportExec('lost', seen(7));
  await eventually('it is released', async () => (await fixture.halt('lost'))?.generation === 8);
  assert.equal((await fixture.halt('lost'))?.state, 'RELEASED');
});

test('halt record: is engaged again above what exec has seen, when a KillSwitch stands and the record goes backwards', async () => {
  await fixture.apply(haltOver('k-lost', 'lost'));
  const { generation } = await engaged('lost');
  const backwards = { schemaVersion: 1, portfolio: 'lost', generation: 1, state: 'RELEASED', writtenAt: formatTime(Date.now()) };
  await control().put(keys.halt('lost'), Buffer.from(JSON.stringify(backwards)));
  await fixture.reportExec('lost', seen(generation));
  await eventually('it is engaged again', async () => {
    const record = await fixture.halt('lost');
    return record?.state === 'ENGAGED' && record.generation > generation;
  });
});

test('halt record: is written again, when it cannot be read', async () => {
  const { generation } = await engaged('lost');
  await control().put(keys.halt('lost'), Buffer.from(`{"schemaVersion":9,"generation":${generation + 40}}`));
  await fixture.reportExec('lost', seen(generation + 1));
  await eventually('it is engaged again', async () => (await fixture.halt('lost').catch(() => undefined))?.generation === generation + 41);
  await confirmHalt('lost');
  await fixture.remove(KINDS.killSwitch, 'k-lost');
  await eventually('it is gone', () => isGone(KINDS.killSwitch, 'k-lost'));
});

test('KillSwitch: halts once and is accounted for, when it is deleted in the moment of its creation', async () => {
  await provision('brief');
  await leaveEpoch('brief');
  const { apiVersion, kind, spec } = haltOver('k-brief', 'brief');
  for (let count = 0; count < 5; count += 1) {
    const before = (await fixture.halt('brief'))?.generation ?? 0;
    await fixture.cluster.create(KINDS.killSwitch, { apiVersion, kind, metadata: { name: 'k-brief' }, spec });
    await fixture.cluster.delete(KINDS.killSwitch, { name: 'k-brief' });
    const record = await engaged('brief');
    assert.ok(record.generation > before);
    await eventually('it is released', async () => {
      await confirmHalt('brief');
      return (await fixture.halt('brief'))?.state === 'RELEASED';
    });
    await eventually('it is gone', () => isGone(KINDS.killSwitch, 'k-brief'));
  }
});

test('KillSwitch: is not Ready, when nothing is in its scope', async () => {
  await fixture.apply(haltOver('k-typo', 'mian'));
  const stalled = await fixture.reason(KINDS.killSwitch, 'k-typo', 'Ready', 'NothingInScope');
  assert.deepEqual([stalled.status, (await statusOf('k-typo')).portfolioCount], ['False', 0]);
  await fixture.remove(KINDS.killSwitch, 'k-typo');
  await eventually('it is gone', () => isGone(KINDS.killSwitch, 'k-typo'));
});

test('Portfolio: its consumer keeps its place, when it is deleted and applied again', async () => {
  await provision('again');
  const { stream, name } = execConsumer('again');
  await fixture.bus.publish(subjects.orderIntent('again', 's'), Buffer.from('{}'), { messageId: 'intent-1' });
  const consumption = await fixture.bus.consume(stream, name, { maxInFlight: 1 });
  for await (const delivery of consumption) {
    await delivery.ack();
    break;
  }
  await consumption.stop();
  await fixture.remove(KINDS.portfolio, 'again');
  await eventually('it is gone', async () => {
    await fixture.reportExec('again');
    return isGone(KINDS.portfolio, 'again');
  });
  await provision('again');
  const info = await fixture.bus.callApi<{ readonly num_pending: number }>(`CONSUMER.INFO.${stream}.${name}`);
  assert.equal(info.num_pending, 0, 'the intent of the former portfolio is not delivered again');
});

test('KillSwitch: counts every portfolio, when there are more than its status lists', { timeout: 180_000 }, async () => {
  const names = Array.from({ length: 260 }, (_, index) => `many-${index}`);
  for (const name of names) await fixture.apply(named(portfolio, name));
  await fixture.apply(haltOverNamespace('k-many'));
  const wanted = names.length + EARLIER.length;
  await eventually(
    'every portfolio is counted',
    async () => {
      const { portfolioCount, omittedCount, haltedCount, portfolios, conditions } = await statusOf('k-many');
      const counts = [portfolioCount, omittedCount, haltedCount, portfolios?.length];
      if (String(counts) === String([wanted, wanted - 256, names.length, 256])) return conditions?.[0]?.status === 'False';
      throw new Error(`found ${String(counts)}: ${conditions?.[0]?.message ?? ''}`);
    },
    120_000,
  );
  await fixture.remove(KINDS.killSwitch, 'k-many');
  await eventually(
    'it is gone',
    async () => {
      for (const name of EARLIER) await confirmHalt(name);
      return isGone(KINDS.killSwitch, 'k-many');
    },
    60_000,
  );
});

test('two operators: each writes its own entry and holds its own finalizer, and neither touches what the other serves', async () => {
  const second = await startSecondOperator();
  try {
    const all = makeObject('KillSwitch', 'k-all', { scope: { type: 'Namespaces', namespaces: ['trading', 'other'] }, reason: 'drill' });
    await fixture.apply(haltOver('k-ours', 'again'));
    await fixture.apply(all);
    const both = [haltFinalizer('other'), haltFinalizer('trading')];
    await eventually('both hold it', async () => {
      const { metadata } = await fixture.cluster.get(KINDS.killSwitch, { name: 'k-all' });
      const { namespaces = [] } = await statusOf('k-all');
      return String([...(metadata.finalizers ?? [])].sort()) === String(both) && namespaces.length === 2;
    });
    const status = await statusOf('k-all');
    assert.deepEqual(new Set(status.namespaces?.map(({ namespace }) => namespace)), new Set(['trading', 'other']));
    assert.equal(status.conditions?.[0]?.status, 'False', 'a namespace without a portfolio does not make it Ready');
    const ours = await fixture.cluster.get(KINDS.killSwitch, { name: 'k-ours' });
    assert.deepEqual(ours.metadata.finalizers, [haltFinalizer('trading')]);
    assert.deepEqual(
      (await statusOf('k-ours')).namespaces?.map(({ namespace }) => namespace),
      ['trading'],
    );

    for (const name of ['k-ours', 'k-all']) await fixture.remove(KINDS.killSwitch, name);
    await eventually('the other operator has removed its finalizer', async () => {
      const { metadata } = await fixture.cluster.get(KINDS.killSwitch, { name: 'k-all' });
      return String(metadata.finalizers) === haltFinalizer('trading');
    });
    for (const name of ['k-ours', 'k-all']) {
      await eventually(`${name} is gone`, async () => {
        for (const one of EARLIER) await confirmHalt(one);
        return isGone(KINDS.killSwitch, name);
      });
    }
  } finally {
    await second.stop();
  }
});

/** Another release in another namespace, with a bus of its own. */
async function startSecondOperator(): Promise<{ stop(): Promise<void> }> {
  await fixture.cluster.create(KUBERNETES_TYPES.namespace, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'other' },
  });
  const nats: NatsServer = await startNatsServer();
  const bus = await openTestBus({ url: nats.url });
  const accounts = openTestSystemAccount(nats);
  const operator: Operator = startOperator({
    cluster: fixture.api.connect('other-operator'),
    bus,
    identity: nats.identity.keys.operator,
    system: accounts.system,
    busUrl: nats.url,
    settings: { ...TEST_SETTINGS, namespace: 'other', natsUrl: nats.url },
    replicas: 1,
    instance: 'other',
    clock: systemClock,
    rng: systemRng,
    logger: testLogger(),
    metrics: makeMetrics('operator'),
  });
  return {
    async stop() {
      await operator.stop();
      await accounts.close();
      await bus.close();
      await nats.stop();
    },
  };
}
