/** Changes by hand, each with every right, on a real nats-server and a real API server: put back and told. The state of the servers is the judge. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { KUBERNETES_TYPES, type KubeObject } from '@flotilla/kube/mod.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { principalName } from '@flotilla/contracts/access/principal.ts';
import { portfolio, riskPolicy, strategy } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';

const DAY_NS = 86_400_000_000_000;
/** The bound of the promise; the operator looks every 20 s. */
const REPAIR_MS_MAX = 30_000;
const AGENT = principalName({ role: 'SignalAgent', portfolio: 'main', strategy: 'btc-momentum' });

interface Settings {
  readonly [setting: string]: unknown;
}

interface Policy extends KubeObject {
  readonly spec: { readonly podSelector: object; readonly ingress: readonly object[]; readonly egress: readonly object[] };
}

let fixture: OperatorFixture;

before(async () => {
  fixture = await startOperatorFixture();
  for (const object of [riskPolicy, portfolio, strategy]) await fixture.apply(object);
  await eventually('the consumer of the agent', async () => (await fixture.consumers('SIGNALS')).includes(AGENT));
  await eventually('the NetworkPolicy of the agent', () => agentPolicy());
});
after(() => fixture.stop());

const STREAM_CHANGES = [
  { reason: 'messages of a stream die early', stream: 'SIGNALS', change: { max_age: DAY_NS } },
  { reason: 'one writer could wipe a bucket', stream: 'KV_CONTROL', change: { allow_rollup_hdrs: true } },
  { reason: 'a bucket keeps one value', stream: 'KV_CONFIG', change: { max_msgs_per_subject: 1 } },
  { reason: 'pushes go elsewhere', stream: 'EXECUTIONS', change: { republish: { src: 'executions.>', dest: 'elsewhere.executions.>' } } },
  { reason: 'a full stream drops the oldest', stream: 'DECISIONS', change: { discard: 'old', max_msgs: 3 } },
  { reason: 'a person leaves a note', stream: 'AUDIT', change: { description: 'changed by hand', metadata: { owner: 'nobody' } } },
];
/** `deny_purge` is for life; the age is not. */
const LASTING = { stream: 'KV_STATUS', change: { deny_purge: true, max_age: DAY_NS } };
const settingsBefore = new Map<string, Settings>();

test('the settings of streams, of a bucket and of a consumer are changed by hand', async () => {
  for (const { stream, change } of [...STREAM_CHANGES, LASTING]) {
    const settings = await settingsOf(stream);
    settingsBefore.set(stream, settings);
    const changed = await fixture.bus.callApi<{ readonly config: Settings }>(`STREAM.UPDATE.${stream}`, { ...settings, ...change });
    assert.notDeepEqual(changed.config, settings);
  }
  const consumer = await consumerOf();
  settingsBefore.set(AGENT, consumer);
  const config = { ...consumer, filter_subjects: undefined, filter_subject: 'signals.normalized.*.DOGE-USD' };
  await fixture.bus.callApi(`CONSUMER.CREATE.SIGNALS.${AGENT}`, { stream_name: 'SIGNALS', config });
});

for (const { reason, stream, change } of STREAM_CHANGES) {
  test(`${stream} ${JSON.stringify(change)}: is put back and told, for ${reason}`, async () => {
    await eventually('the settings are as before', async () => isSame(await settingsOf(stream), settingsBefore.get(stream)), REPAIR_MS_MAX);
    const details = await toldOf('DRIFT_REPAIRED', stream, Object.keys(change)[0] ?? '');
    assert.equal(details['what'], 'stream');
  });
}

test('the consumer of an agent: its settings are put back', async () => {
  await eventually('the filter is as before', async () => isSame(await consumerOf(), settingsBefore.get(AGENT)), REPAIR_MS_MAX);
  await toldOf('DRIFT_REPAIRED', `SIGNALS/${AGENT}`, 'DOGE-USD');
});

test('a setting for life: the other settings are put back, and a person is told what lasts', async () => {
  await eventually('the age is as before', async () => (await settingsOf('KV_STATUS'))['max_age'] === 0, REPAIR_MS_MAX);
  assert.equal((await settingsOf('KV_STATUS'))['deny_purge'], true);
  const details = await toldOf('DRIFT_LASTS', 'KV_STATUS', 'deny_purge');
  assert.equal(details['expected'], 'deny_purge: unset');
});

test('a stream and a consumer that are deleted: new ones are made, and a person is told that the messages are gone', async () => {
  await fixture.bus.callApi('STREAM.DELETE.POISON');
  await fixture.bus.callApi(`CONSUMER.DELETE.SIGNALS.${AGENT}`);
  // The setting of KV_STATUS lasts meanwhile, and does not keep the operator from its work.
  await eventually('POISON is there', () => settingsOf('POISON'), REPAIR_MS_MAX);
  assert.match((await toldOf('DRIFT_LASTS', 'POISON', 'no stream'))['found'] ?? '', /without messages/);
  await eventually('the consumer is there', () => consumerOf(), REPAIR_MS_MAX);
  await toldOf('DRIFT_REPAIRED', `SIGNALS/${AGENT}`, 'no consumer');
});

for (const { reason, patch } of [
  { reason: 'every pod reaches the agent', patch: { spec: { ingress: [{}] } } },
  { reason: 'the agent reaches every address', patch: { spec: { egress: [{}] } } },
  { reason: 'the policy selects no pod', patch: { spec: { podSelector: { matchLabels: { 'somebody/else': 'x' } } } } },
  { reason: 'the policy no longer holds for egress', patch: { spec: { policyTypes: ['Ingress'] } } },
]) {
  test(`NetworkPolicy ${JSON.stringify(patch)}: is put back, for otherwise ${reason}`, async () => {
    const before = await agentPolicy();
    const toldBefore = (await drifts('DRIFT_REPAIRED', `NetworkPolicy trading/${before?.metadata.name}`)).length;
    await fixture.cluster.patch(KUBERNETES_TYPES.networkPolicy, { namespace: 'trading', name: before?.metadata.name ?? '' }, patch);
    await eventually('the policy is as before', async () => isSame((await agentPolicy())?.spec, before?.spec), REPAIR_MS_MAX);
    await eventually(
      'the audit event',
      async () => (await drifts('DRIFT_REPAIRED', `NetworkPolicy trading/${before?.metadata.name}`)).length > toldBefore,
    );
  });
}

test('NetworkPolicy: a deleted one is made again, and the warning stands on it', async () => {
  const { name } = (await agentPolicy())?.metadata ?? { name: '' };
  await fixture.cluster.delete(KUBERNETES_TYPES.networkPolicy, { namespace: 'trading', name });
  await eventually('the policy is there', () => agentPolicy(), REPAIR_MS_MAX);
  await toldOf('DRIFT_REPAIRED', `NetworkPolicy trading/${name}`, 'no object');
  await eventually('the warning', async () => {
    const { items } = await fixture.cluster.list<
      KubeObject & { readonly reason?: string; readonly regarding?: { readonly kind?: string; readonly name?: string } }
    >(KUBERNETES_TYPES.event, { namespace: 'trading' });
    return items.some(
      ({ reason, regarding }) => reason === 'DriftRepaired' && regarding?.kind === 'NetworkPolicy' && regarding.name === name,
    );
  });
});

test('what the operator itself does does not count as drift', async () => {
  const before = (await drifts('DRIFT_REPAIRED', '')).length;
  await fixture.apply({ ...strategy, spec: { ...(strategy.spec as object), instruments: ['BTC-USD', 'ETH-USD'] } });
  await fixture.restartOperator();
  await fixture.apply(strategy);
  await eventually('the consumer follows', async () => !JSON.stringify(await consumerOf()).includes('ETH-USD'));
  assert.equal((await drifts('DRIFT_REPAIRED', '')).length, before);
});

async function settingsOf(stream: string): Promise<Settings> {
  return (await fixture.bus.callApi<{ readonly config: Settings }>(`STREAM.INFO.${stream}`)).config;
}

async function consumerOf(): Promise<Settings> {
  return (await fixture.bus.callApi<{ readonly config: Settings }>(`CONSUMER.INFO.SIGNALS.${AGENT}`)).config;
}

async function agentPolicy(): Promise<Policy | undefined> {
  const { items } = await fixture.cluster.list<Policy>(KUBERNETES_TYPES.networkPolicy, { namespace: 'trading' });
  return items.find(({ metadata }) => metadata.name.includes('btc-momentum'));
}

async function drifts(action: string, name: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const found: Readonly<Record<string, string>>[] = [];
  for await (const { payload } of fixture.bus.read('AUDIT', { subject: 'audit.event.*', fromSequence: 1 })) {
    const event = JSON.parse(Buffer.from(payload).toString('utf8')) as {
      readonly action: string;
      readonly details: Record<string, string>;
    };
    if (event.action === action && (event.details['name'] ?? '').includes(name)) found.push(event.details);
  }
  return found;
}

/** The audit event of a change whose found or expected settings contain `text`. */
function toldOf(action: string, name: string, text: string): Promise<Readonly<Record<string, string>>> {
  return eventually(`${action} ${name} ${text}`, async () => (await drifts(action, name)).find(({ found }) => found?.includes(text)));
}

function isSame(left: unknown, right: unknown): boolean {
  try {
    assert.deepEqual(left, right);
    return true;
  } catch {
    return false;
  }
}
