/** Runs the operator through its stories, one after the other, on a real API server and a real nats-server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { HaltReport } from '@flotilla/contracts/control/halt.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { Condition } from '@flotilla/contracts/resources/fields.ts';
import type { KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';
import type { PermissionsStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import type { PortfolioStatus } from '@flotilla/contracts/resources/portfolio.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { KINDS } from './kinds.ts';
import { type KubeObject, KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { makeObject, portfolio, riskPolicy, strategy, withSpec } from './testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from './testing/operator-fixture.ts';
import type { DeploymentObject } from './workload/deployment-state.ts';

let fixture: OperatorFixture;
before(async () => {
  fixture = await startOperatorFixture();
});
after(() => fixture.stop());

const AGENT = 'btc-momentum-agent';
const EXEC = 'main-exec';
const killSwitch = makeObject('KillSwitch', 'stop', { scope: { type: 'All' }, reason: 'drill' });
const replay = makeObject('SignalSource', 'replay', {
  scheme: 'Replay',
  venue: 'v',
  instruments: ['BTC-USD'],
  replay: { datasets: ['d'] },
});
const desk = makeObject('SignalSource', 'desk', {
  scheme: 'Hmac',
  venue: 'desk',
  instruments: ['BTC-USD'],
  secretRef: { name: 'desk-webhook' },
});

/** Brings everything to the state after a start: pods are ready, and exec runs the newest configuration. */
async function settle(): Promise<void> {
  await eventually('portfolio and strategy are Ready', async () => {
    await fixture.settleDeployment(EXEC);
    await fixture.settleDeployment(AGENT);
    await fixture.reportExec('main');
    return (await readyReason(KINDS.portfolio, 'main')) === 'Trading' && (await readyReason(KINDS.strategy, 'btc-momentum')) === 'Running';
  });
}

async function readyReason(type: ResourceType, name: string): Promise<string | undefined> {
  const object = await fixture.find<KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } }>(type, name);
  return object?.status?.conditions?.find((condition) => condition.type === 'Ready' && condition.status === 'True')?.reason;
}

test('Strategy: says what is missing, one thing after the other, and goes on by itself', async () => {
  await fixture.apply(strategy);
  const missing = await fixture.reason(KINDS.strategy, 'btc-momentum', 'Stalled', 'PortfolioNotFound');
  assert.match(missing.message, /no Portfolio main/);
  await fixture.apply(portfolio);
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'Stalled', 'RiskPolicyNotFound');
  await fixture.reason(KINDS.portfolio, 'main', 'Stalled', 'RiskPolicyNotFound');
  assert.equal(await fixture.find(KUBERNETES_TYPES.deployment, AGENT), undefined, 'no agent without limits');
  await fixture.apply(riskPolicy);
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'Reconciling', 'AgentStarting');
  await settle();
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'Ready', 'Running');
  await fixture.reason(KINDS.portfolio, 'main', 'Ready', 'Trading');
  await fixture.reason(KINDS.riskPolicy, 'conservative', 'Ready', 'InForce');
});

test('Portfolio: has its streams, consumers, halt record and configuration', async () => {
  assert.deepEqual(await fixture.consumers('DECISIONS').then((names) => [...names].sort()), ['audit', 'exec-main']);
  assert.deepEqual(await fixture.consumers('SIGNALS').then((names) => [...names].sort()), [
    'agent-main_btc-momentum',
    'audit',
    'gateway-normaliser',
  ]);
  assert.deepEqual(await fixture.halt('main').then((record) => [record?.state, record?.generation]), ['RELEASED', 0]);
  assert.deepEqual(
    await fixture.config('main').then((config) => config?.strategies.map(({ name, desiredState }) => [name, desiredState])),
    [['btc-momentum', 'Running']],
  );
});

test('Portfolio: names the crash of exec instead of what its last report says', async () => {
  const address = { namespace: 'trading', name: EXEC };
  const deployment = await fixture.cluster.get<DeploymentObject & { spec: { template: { metadata: { labels: Record<string, string> } } } }>(
    KUBERNETES_TYPES.deployment,
    address,
  );
  const { labels } = deployment.spec.template.metadata;
  const pod = { namespace: 'trading', name: `${EXEC}-1` };
  const spec = { serviceAccountName: EXEC, automountServiceAccountToken: false, containers: [{ name: 'exec', image: 'x' }] };
  await fixture.cluster
    .create(KUBERNETES_TYPES.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...pod, name: 'default' } })
    .catch(() => undefined);
  await fixture.cluster.create(KUBERNETES_TYPES.pod, { apiVersion: 'v1', kind: 'Pod', metadata: { ...pod, labels }, spec });
  const terminated = { exitCode: 1, reason: 'Error', message: 'starting\nthe event log is fenced\n', startedAt: null, finishedAt: null };
  const container = {
    name: 'exec',
    image: 'x',
    imageID: '',
    ready: false,
    restartCount: 4,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
  };
  const status = { containerStatuses: [{ ...container, lastState: { terminated } }] };
  await fixture.cluster.patch(KUBERNETES_TYPES.pod, pod, { status }, { subresource: 'status' });
  await fixture.cluster.patch(KUBERNETES_TYPES.deployment, address, { status: { readyReplicas: 0 } }, { subresource: 'status' });
  const crashing = await fixture.reason(KINDS.portfolio, 'main', 'Ready', 'ExecCrashing');
  assert.match(crashing.message, /exit code 1 \(Error\) and was restarted 4 times: the event log is fenced/);
  const { status: told } = await fixture.cluster.get<ResourceObject<unknown, PortfolioStatus>>(KINDS.portfolio, {
    namespace: 'trading',
    name: 'main',
  });
  assert.equal(told?.tradingState, 'UNKNOWN');
  await fixture.cluster.delete(KUBERNETES_TYPES.pod, pod);
  await settle();
});

test('Portfolio, Strategy: say in words of exec what exec cannot read, and why exec crashed', async () => {
  const haltProblem = 'expected a halt record, found none';
  await fixture.reportExec('main', { tradingState: 'REDUCING', reason: 'CONTROL_UNKNOWN', haltProblem });
  const noHalt = await fixture.reason(KINDS.portfolio, 'main', 'Ready', 'HaltRecordUnusable');
  assert.deepEqual([noHalt.status, noHalt.message.endsWith(`: ${haltProblem}`)], ['False', true]);
  await fixture.reason(KINDS.portfolio, 'main', 'Trading', 'HaltRecordUnusable');

  const configProblem = 'the configuration record is gone';
  await fixture.reportExec('main', { tradingState: 'REDUCING', reason: 'POLICY_MISSING', configProblem });
  const noConfig = await fixture.reason(KINDS.portfolio, 'main', 'Ready', 'ConfigRecordUnusable');
  assert.ok(noConfig.message.endsWith(`: ${configProblem}`), noConfig.message);

  const problem = 'the configuration entry strategies.0 cannot be read: capitalMaxNotional: expected a decimal';
  const report = { name: 'btc-momentum', desiredState: 'Halted', problem, openOrders: 0, openPositions: 0 } as const;
  await fixture.reportExec('main', { strategies: [report] });
  const unreadable = await fixture.reason(KINDS.strategy, 'btc-momentum', 'Stalled', 'ConfigEntryUnreadable');
  assert.ok(unreadable.message.endsWith(`: ${problem}`), unreadable.message);
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'Trading', 'ConfigEntryUnreadable');

  const reason = 'AssertionError: order 7 cannot go from FILLED to RESTING';
  const updatedAt = formatTime(Date.now());
  await fixture.reportExec('main', { lastCrash: { time: updatedAt, reason }, updatedAt });
  const crashed = await fixture.reason(KINDS.portfolio, 'main', 'Ready', 'ExecCrashing');
  assert.ok(crashed.message.endsWith(`has not reported since: ${reason}`), crashed.message);

  await fixture.reportExec('main', {
    lastCrash: { time: updatedAt, reason },
    updatedAt: formatTime(Date.parse(updatedAt) + 1),
  });
  await fixture.reason(KINDS.portfolio, 'main', 'Ready', 'Trading');
  await settle();
});

async function versions(): Promise<readonly string[]> {
  const { deployment, serviceAccount, networkPolicy, secret, persistentVolumeClaim } = KUBERNETES_TYPES;
  const types: readonly ResourceType[] = [
    ...Object.values(KINDS),
    deployment,
    serviceAccount,
    networkPolicy,
    secret,
    persistentVolumeClaim,
  ];
  const lists = await Promise.all(types.map((type) => fixture.cluster.list(type, type.namespaced ? { namespace: 'trading' } : {})));
  return lists.flatMap(({ items }) => items.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion ?? ''}`));
}

/** The later change is done, so the earlier change is done too. */
async function catchUp(): Promise<void> {
  await fixture.apply(makeObject('RiskPolicy', 'marker', riskPolicy.spec));
  await fixture.reason(KINDS.riskPolicy, 'marker', 'Ready', 'Unused');
  await fixture.remove(KINDS.riskPolicy, 'marker');
}

test('apply: writes nothing, when the same manifests come again and reports repeat', async () => {
  const before = await versions();
  for (let count = 0; count < 20; count += 1) {
    for (const object of [strategy, portfolio, riskPolicy]) await fixture.apply(object);
    await fixture.reportExec('main', { openOrders: count });
  }
  await catchUp();
  assert.deepEqual(await versions(), before);
});

test('operator: says plainly that nothing enforces NetworkPolicies, when no engine is expected', async () => {
  await eventually('the status of both kinds', async () => {
    const found = await Promise.all([fixture.find(KINDS.portfolio, 'main'), fixture.find(KINDS.strategy, 'btc-momentum')]);
    const proofs = found.map((object) => (object as { status?: { permissions?: PermissionsStatus } } | undefined)?.status?.permissions);
    return proofs.every((proof) => proof?.network?.state === 'NotEnforced');
  });
  const { message } = await fixture.reason(KINDS.strategy, 'btc-momentum', 'PermissionsEnforced', 'Enforced');
  assert.match(message, /nothing enforces NetworkPolicies here/);
});

test('operator: writes nothing, when it is started anew', async () => {
  await fixture.reason(KINDS.portfolio, 'main', 'PermissionsEnforced', 'Enforced');
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'PermissionsEnforced', 'Enforced');
  const before = await versions();
  const consumers = await fixture.consumers('SIGNALS');
  await fixture.restartOperator();
  await fixture.reportExec('main');
  await catchUp();
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'Ready', 'Running');
  assert.deepEqual(await versions(), before);
  assert.deepEqual(await fixture.consumers('SIGNALS'), consumers);
});

test('Strategy: a misspelt riskPolicyRef is taken back without an acknowledgement', async () => {
  await fixture.apply(withSpec(strategy, { riskPolicyRef: { name: 'conservatve' } }));
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'Stalled', 'RiskPolicyNotFound');
  await fixture.apply(strategy);
  await settle();
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'Ready', 'Running');
});

test('Strategy: stops its agent and says why, when its parameters become wrong, and recovers', async () => {
  await fixture.apply(withSpec(strategy, { parameters: { fastBars: 99, slowBars: 3, quantity: '1' } }));
  const wrong = await fixture.reason(KINDS.strategy, 'btc-momentum', 'Stalled', 'ParametersInvalid');
  assert.match(wrong.message, /spec\.parameters\.fastBars: expected fastBars below slowBars/);
  await eventually('the agent is gone', async () => (await fixture.find(KUBERNETES_TYPES.deployment, AGENT)) === undefined);
  await eventually(
    'exec takes no more of its orders',
    async () => (await fixture.config('main'))?.strategies[0]?.desiredState === 'Paused',
  );
  await fixture.apply(strategy);
  await settle();
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'Ready', 'Running');
});

test('Deployment: is put back, when somebody edits or deletes it', async () => {
  const address = { namespace: 'trading', name: AGENT };
  await fixture.cluster.patch(KUBERNETES_TYPES.deployment, address, { spec: { replicas: 3 } });
  await eventually(
    'one replica again',
    async () => (await fixture.find<DeploymentObject>(KUBERNETES_TYPES.deployment, AGENT))?.spec?.replicas === 1,
  );
  await fixture.cluster.delete(KUBERNETES_TYPES.deployment, address);
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'Ready', 'Running', () => fixture.settleDeployment(AGENT));
});

test('SignalSource: waits for its Secret without holding up the others', async () => {
  await fixture.apply(replay);
  await fixture.apply(desk);
  // The second source changes the gateway once more.
  const runPods = () => fixture.settleDeployment('flotilla-gateway');
  const silent = await fixture.reason(KINDS.signalSource, 'replay', 'Reconciling', 'GatewaySilent', runPods);
  assert.match(silent.message, /has not reported yet/);
  assert.equal((await fixture.reason(KINDS.signalSource, 'replay', 'GatewayReady', 'GatewaySilent', runPods)).status, 'Unknown');
  assert.equal((await fixture.reason(KINDS.signalSource, 'desk', 'SecretFound', 'GatewaySilent', runPods)).status, 'Unknown');
  const missing = { reason: 'SecretMissing', message: 'no such key' };
  await fixture.reason(KINDS.signalSource, 'desk', 'Stalled', 'SecretMissing', () => fixture.serveGateway({ desk: missing }));
  assert.equal((await fixture.reason(KINDS.signalSource, 'desk', 'SecretFound', 'SecretMissing')).status, 'False');
  await fixture.reason(KINDS.signalSource, 'replay', 'Ready', 'Available');
  await fixture.reason(KINDS.signalSource, 'desk', 'Ready', 'Listening', () => fixture.serveGateway());
  const sources = await fixture.find<KubeObject & { data: Record<string, string> }>(KUBERNETES_TYPES.configMap, 'flotilla-gateway');
  assert.deepEqual(
    (JSON.parse(sources?.data['sources.json'] ?? '{}') as { sources: { name: string }[] }).sources.map(({ name }) => name),
    ['desk', 'replay'],
  );
});

test('SignalSource: may name no Secret but a webhook secret', async () => {
  const root = withSpec(desk, { secretRef: { name: 'flotilla-bus-root', key: 'root.nk' } });
  await assert.rejects(fixture.apply(root), /secretRef\.name must end in -webhook/);
});

test('Strategy: gets another key and says so, when somebody deletes the key and its agent cannot start', async () => {
  const { metadata } = (await fixture.find<DeploymentObject>(KUBERNETES_TYPES.deployment, AGENT)) ?? assert.fail('no agent');
  const uid = (await fixture.find(KINDS.strategy, 'btc-momentum'))?.metadata.uid ?? '';
  const name = `btc-momentum-agent-key-${uid}`;
  const secret = await fixture.cluster.get(KUBERNETES_TYPES.secret, { namespace: 'trading', name });
  await fixture.cluster.delete(KUBERNETES_TYPES.secret, secret.metadata);
  const available = { type: 'Available', status: 'False', lastTransitionTime: formatTime(Date.now() - 6_000).replace(/\.\d+/, '') };
  const status = { observedGeneration: metadata.generation, replicas: 1, updatedReplicas: 1, readyReplicas: 0, conditions: [available] };
  await fixture.cluster.applyStatus(
    KUBERNETES_TYPES.deployment,
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: AGENT, namespace: 'trading' }, status },
    { fieldManager: 'kube-controller-manager', force: true },
  );
  const next = await eventually('there is a key again', () => fixture.find(KUBERNETES_TYPES.secret, name));
  assert.notEqual(next.metadata.uid, secret.metadata.uid);
  const told = await eventually('an event tells of it', async () => {
    const { items } = await fixture.cluster.list<KubeObject & { readonly reason?: string; readonly note?: string }>(
      KUBERNETES_TYPES.event,
      { namespace: 'trading' },
    );
    return items.find(({ reason }) => reason === 'AgentKeyReplaced');
  });
  assert.match(told.note ?? '', /starts without its checkpoint/);
  await settle();
});

test('SignalSource: takes the gateway with it, when it was the last', async () => {
  await fixture.remove(KINDS.signalSource, 'replay');
  await fixture.remove(KINDS.signalSource, 'desk');
  for (const type of [
    KUBERNETES_TYPES.deployment,
    KUBERNETES_TYPES.service,
    KUBERNETES_TYPES.configMap,
    KUBERNETES_TYPES.serviceAccount,
    KUBERNETES_TYPES.networkPolicy,
  ]) {
    await eventually(`${type.kind} of the gateway is gone`, async () => (await fixture.find(type, 'flotilla-gateway')) === undefined);
  }
});

/** Plays the deployment controller after the operator has asked for zero pods: the last pod is gone. */
async function agentStopped(timeoutMs?: number): Promise<void> {
  await eventually(
    'the agent is scaled to zero',
    async () => (await fixture.find<DeploymentObject>(KUBERNETES_TYPES.deployment, AGENT))?.spec?.replicas === 0,
    timeoutMs,
  );
  await fixture.settleDeployment(AGENT);
}

const statusOf = async (): Promise<KillSwitchStatus | undefined> =>
  (await fixture.find<ResourceObject<unknown, KillSwitchStatus>>(KINDS.killSwitch, 'stop'))?.status;
const haltReport = async (more: Partial<HaltReport> = {}): Promise<HaltReport> => {
  const record = await fixture.halt('main');
  const now = formatTime(Date.now());
  return {
    haltId: record?.haltId ?? '',
    generation: record?.generation ?? 0,
    receivedAt: now,
    gateClosedAt: now,
    restingCancelledCount: 2,
    refusedCount: 0,
    ...more,
  };
};

test('KillSwitch: halts exec and agents, shows each step, and is released only when complete', async () => {
  await fixture.apply(killSwitch);
  const record = await eventually('the halt record is engaged', async () => {
    const found = await fixture.halt('main');
    return found?.state === 'ENGAGED' && found;
  });
  assert.equal(record.generation, 1);
  assert.equal(record.mode, 'CancelAndHold');
  assert.equal(record.reason, 'drill');
  await agentStopped();
  await fixture.reason(KINDS.killSwitch, 'stop', 'Reconciling', 'Closing');
  await fixture.reportExec('main', { tradingState: 'HALTED', reason: 'TRADING_HALTED', halt: await haltReport() });
  await fixture.reason(KINDS.killSwitch, 'stop', 'Reconciling', 'Cancelling');

  await fixture.remove(KINDS.killSwitch, 'stop');
  await fixture.reason(KINDS.killSwitch, 'stop', 'Reconciling', 'Releasing');
  assert.equal((await fixture.halt('main'))?.state, 'ENGAGED', 'latched until the halt is complete');

  const done = { zeroOpenOrdersVerifiedAt: formatTime(Date.now()) };
  await fixture.reportExec('main', { tradingState: 'HALTED', reason: 'TRADING_HALTED', halt: await haltReport(done) });
  await eventually('the KillSwitch is gone', async () => (await fixture.find(KINDS.killSwitch, 'stop')) === undefined);
  assert.deepEqual(await fixture.halt('main').then((found) => [found?.state, found?.generation]), ['RELEASED', 2]);
  await settle();
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'Ready', 'Running');
  const audited = await fixture.bus.last('AUDIT', 'audit.event.main');
  assert.match(Buffer.from(audited?.payload ?? []).toString('utf8'), /"action":"HALT_RELEASED"/);
});

test('KillSwitch: keeps the halt, while another one is left', async () => {
  await fixture.apply(killSwitch);
  await fixture.apply({ ...killSwitch, metadata: { name: 'stop-too' } });
  await eventually('engaged', async () => (await fixture.halt('main'))?.state === 'ENGAGED');
  await agentStopped();
  await fixture.reportExec('main', {
    tradingState: 'HALTED',
    reason: 'TRADING_HALTED',
    halt: await haltReport({ zeroOpenOrdersVerifiedAt: formatTime(Date.now()) }),
  });
  await fixture.reason(KINDS.killSwitch, 'stop', 'Ready', 'Halted');
  const status = await statusOf();
  assert.equal(status?.state, 'Engaged');
  assert.ok((status?.gateClosedDurationMsMax ?? -1) >= 0);
  await fixture.remove(KINDS.killSwitch, 'stop');
  await eventually('the first is gone', async () => (await fixture.find(KINDS.killSwitch, 'stop')) === undefined);
  assert.deepEqual(await fixture.halt('main').then((record) => [record?.state, record?.killSwitch]), ['ENGAGED', 'stop-too']);
  await fixture.reportExec('main', {
    tradingState: 'HALTED',
    reason: 'TRADING_HALTED',
    halt: await haltReport({ zeroOpenOrdersVerifiedAt: formatTime(Date.now()) }),
  });
  await fixture.remove(KINDS.killSwitch, 'stop-too');
  await eventually('released', async () => (await fixture.halt('main'))?.state === 'RELEASED');
  await settle();
});

test('KillSwitch: stops agents while NATS is away, says so, and writes the record when it is back', async () => {
  await fixture.nats.kill();
  await fixture.apply(killSwitch);
  await agentStopped();
  await fixture.reason(KINDS.killSwitch, 'stop', 'Reconciling', 'BusUnavailable');
  await fixture.reason(KINDS.portfolio, 'main', 'Reconciling', 'BusUnavailable');
  await fixture.nats.restart();
  await eventually('engaged', async () => (await fixture.halt('main'))?.state === 'ENGAGED');
  await fixture.reportExec('main', {
    tradingState: 'HALTED',
    reason: 'TRADING_HALTED',
    halt: await haltReport({ zeroOpenOrdersVerifiedAt: formatTime(Date.now()) }),
  });
  await fixture.remove(KINDS.killSwitch, 'stop');
  await eventually('released', async () => (await fixture.halt('main'))?.state === 'RELEASED');
  await settle();
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'Ready', 'Running');
});

test('operator: goes on by itself, when the API server was away', async () => {
  await fixture.api.restart();
  await fixture.apply(withSpec(strategy, { desiredState: 'Paused' }));
  await agentStopped(20_000);
  await fixture.reason(KINDS.strategy, 'btc-momentum', 'Ready', 'Paused');
  await eventually('exec is told', async () => (await fixture.config('main'))?.strategies[0]?.desiredState === 'Paused');
});

test('Strategy: goes only after exec has halted it, and takes its consumer with it', async () => {
  await fixture.reportExec('main');
  await fixture.remove(KINDS.strategy, 'btc-momentum');
  await eventually('exec is told to halt it', async () => (await fixture.config('main'))?.strategies[0]?.desiredState === 'Halted');
  assert.ok(await fixture.find(KINDS.strategy, 'btc-momentum'), 'it waits for the confirmation');
  await fixture.reportExec('main');
  await eventually('it is gone', async () => (await fixture.find(KINDS.strategy, 'btc-momentum')) === undefined);
  assert.ok(!(await fixture.consumers('SIGNALS')).includes('agent-main_btc-momentum'));
  await eventually('exec forgets it', async () => (await fixture.config('main'))?.strategies.length === 0);
});

test('Portfolio: leaves a configuration without orders, its consumer, and the volume with the evidence', async () => {
  await fixture.remove(KINDS.portfolio, 'main');
  await eventually('it is gone', async () => {
    await fixture.reportExec('main');
    return (await fixture.find(KINDS.portfolio, 'main')) === undefined;
  });
  assert.deepEqual((await fixture.config('main'))?.strategies, []);
  assert.ok((await fixture.consumers('DECISIONS')).includes('exec-main'), 'a later portfolio of the name goes on where this one stopped');
  await eventually(
    'the audit writer is gone',
    async () => (await fixture.find(KUBERNETES_TYPES.deployment, 'flotilla-audit')) === undefined,
  );
  assert.ok(await fixture.find(KUBERNETES_TYPES.persistentVolumeClaim, 'flotilla-audit'));
});

test('Portfolio: is left alone, when it is in another namespace', async () => {
  const { apiVersion, kind, spec } = portfolio;
  const address = { namespace: 'default', name: 'elsewhere' };
  const created = await fixture.cluster.create(KINDS.portfolio, { apiVersion, kind, metadata: address, spec });
  await catchUp();
  const after = await fixture.cluster.get(KINDS.portfolio, address);
  assert.equal(after.metadata.resourceVersion, created.metadata.resourceVersion);
});
