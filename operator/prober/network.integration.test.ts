/**
 * The network of pods in statuses and decisions: the test plays the pods, which report what they reach. `test/cluster/` has pods and an engine.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { networkReportKey } from '@flotilla/contracts/access/network-report-key.ts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { type NetworkReport, networkReportSchema } from '@flotilla/contracts/control/network-report.ts';
import type { AuditEvent } from '@flotilla/contracts/events/audit.ts';
import type { PermissionsStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import type { Portfolio } from '@flotilla/contracts/resources/portfolio.ts';
import type { Strategy } from '@flotilla/contracts/resources/strategy.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { openBucket } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { RESUME_AFTER_LEAK } from '../fleet/leak-pause.ts';
import { KINDS } from '../kinds.ts';
import { makeObject, portfolio, riskPolicy, strategy, withSpec } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';
import type { DeploymentObject } from '../workload/deployment-state.ts';

const NAME = 'btc-momentum';
const ALERTED = 'eth-momentum';
const SILENT = 'sol-momentum';
const agent = (name: string): Principal => ({ role: 'SignalAgent', portfolio: 'main', strategy: name });
const EXEC: Principal = { role: 'Exec', portfolio: 'main' };
/** A report is taken within two seconds, and probes of bus and API server take longer on a busy machine. */
const PROVEN_MS_MAX = 60_000;

let fixture: OperatorFixture;

before(async () => {
  fixture = await startOperatorFixture({ settings: { policyEngine: 'Expected', operatorHost: 'flotilla-operator.trading.svc' } });
  const alerted = makeObject('AgentRole', 'alerted', { onLeak: 'Alert' });
  const goesOn = withSpec({ ...strategy, metadata: { ...strategy.metadata, name: ALERTED } }, { agentRoleRef: { name: 'alerted' } });
  const silent = { ...strategy, metadata: { ...strategy.metadata, name: SILENT } };
  for (const object of [riskPolicy, portfolio, alerted, strategy, goesOn, silent]) await fixture.apply(object);
});
after(() => fixture.stop());

test('the agent gets its addresses from the operator, from the compile that makes its NetworkPolicy', async () => {
  const deployment = await eventually('the Deployment', () => fixture.find(KUBERNETES_TYPES.deployment, `${NAME}-agent`));
  const text = JSON.stringify(deployment);
  assert.match(text, /FLOTILLA_NETWORK_TARGETS/);
  assert.match(text, /kubernetes\.default\.svc/);
});

test('reports of the pods: the network holds, and the status of the Strategy and of the Portfolio says since when', async () => {
  await report(agent(NAME), {});
  await report(agent(ALERTED), {});
  await report(EXEC, {});
  for (const find of [() => permissionsOf(NAME), permissionsOfExec]) {
    const network = await eventually(
      'the network holds',
      async () => {
        const found = (await find())?.network;
        return found?.state === 'Holds' ? found : undefined;
      },
      PROVEN_MS_MAX,
    );
    assert.deepEqual(network.denied, ['apiServer', 'store', 'operator']);
    assert.ok(network.provenAt !== undefined && network.reached === undefined);
  }
  const { message } = await fixture.reason(KINDS.strategy, NAME, 'PermissionsEnforced', 'Enforced');
  assert.match(message, /its pod reached none of 3 forbidden addresses \(apiServer, store, operator\)/);
});

test('an agent that reports nothing: the network is unknown, and nothing leaks', async () => {
  const network = await eventually('a status', async () => (await permissionsOf(SILENT))?.network, PROVEN_MS_MAX);
  assert.deepEqual([network.state, network.provenAt], ['Unknown', undefined]);
  const { message } = await fixture.reason(KINDS.strategy, SILENT, 'PermissionsEnforced', 'Enforced');
  assert.match(message, /nothing is known of the network: no pod of the principal has reported/);
  assert.equal((await status(SILENT)).leak, undefined);
});

test('an agent that reaches a forbidden address: the leak is told, and the agent is stopped unless its role says Alert', async () => {
  const leaking = { denied: ['apiServer', 'operator'], reached: ['store'] };
  const reportBoth = (): Promise<unknown> => Promise.all([NAME, ALERTED].map((name) => report(agent(name), leaking)));
  const { message } = await fixture.reason(KINDS.strategy, NAME, 'Stalled', 'PermissionLeaked', reportBoth);
  assert.match(message, /reached what the agent must not reach \(network: store\)/);
  await eventually('the agent is stopped', async () => (await replicas(NAME)) === 0);
  assert.deepEqual((await permissionsOf(NAME))?.network?.reached, ['store']);
  assert.equal((await permissionsOf(NAME))?.leakCount, 0);
  await fixture.reason(KINDS.strategy, ALERTED, 'PermissionsEnforced', 'PermissionLeaked');
  assert.equal((await status(ALERTED)).leak, undefined);
  const event = await eventually('the audit event', () => lastEvent('PERMISSION_LEAKED'));
  assert.equal(event.details['leaks'], 'network: store');
});

test('a person resumes the Strategy when the last report names no leak any more', async () => {
  const { leak } = await status(NAME);
  const annotations = { [RESUME_AFTER_LEAK]: `${leak?.foundAt} alice: the policy is repaired` };
  await fixture.cluster.patch(KINDS.strategy, { namespace: 'trading', name: NAME }, { metadata: { annotations } });
  await report(agent(NAME), {});
  await eventually('the status has no leak', async () => (await status(NAME)).leak === undefined, 2 * PROVEN_MS_MAX);
  await eventually('the agent is to run', async () => (await replicas(NAME)) === 1);
});

/** Plays the pod of the principal. */
async function report(owner: Principal, change: Partial<NetworkReport>): Promise<void> {
  const key = networkReportKey(owner) ?? assert.fail(owner.role);
  const value = networkReportSchema.parse({
    schemaVersion: 1,
    instance: 'pod',
    permitted: 'Reached',
    denied: ['apiServer', 'store', 'operator'],
    reached: [],
    unresolved: ['gateway'],
    triedAt: formatTime(Date.now()),
    ...change,
  });
  await openBucket(fixture.bus, 'STATUS').put(key, Buffer.from(JSON.stringify(value)));
}

async function status(name: string): Promise<NonNullable<Strategy['status']>> {
  return (await fixture.find<Strategy>(KINDS.strategy, name))?.status ?? {};
}

async function permissionsOf(name: string): Promise<PermissionsStatus | undefined> {
  return (await status(name)).permissions;
}

async function permissionsOfExec(): Promise<PermissionsStatus | undefined> {
  return (await fixture.find<Portfolio>(KINDS.portfolio, 'main'))?.status?.permissions;
}

async function replicas(name: string): Promise<number | undefined> {
  return (await fixture.find<DeploymentObject>(KUBERNETES_TYPES.deployment, `${name}-agent`))?.spec?.replicas;
}

async function lastEvent(action: string): Promise<AuditEvent | undefined> {
  let last: AuditEvent | undefined;
  for await (const { payload } of fixture.bus.read('AUDIT', { subject: 'audit.event.*', fromSequence: 1 })) {
    const event = JSON.parse(Buffer.from(payload).toString('utf8')) as AuditEvent;
    if (event.action === action) last = event;
  }
  return last;
}
