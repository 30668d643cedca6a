/** The prober and a real API server: silent for the ServiceAccounts that Kubernetes makes, and loud for each right that is bound to one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apiRequests, describeApiRequest } from '@flotilla/contracts/access/api-denials.ts';
import type { AuditEvent } from '@flotilla/contracts/events/audit.ts';
import type { Strategy } from '@flotilla/contracts/resources/strategy.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { RESUME_AFTER_LEAK } from '../fleet/leak-pause.ts';
import { KINDS } from '../kinds.ts';
import { portfolio, riskPolicy, strategy } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';
import { probeApiServer, type ApiServerProbe } from './probe-api-server.ts';

const NAME = 'btc-momentum';
const AGENT = `${NAME}-agent`;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
/** A prober with every pause would take seconds for each ServiceAccount. */
const WITHOUT_PAUSE = { sleep: () => Promise.resolve() };
/** The bus is probed each minute, and an open question after ten seconds. */
const PROBED_MS_MAX = 60_000;

let fixture: OperatorFixture;

before(async () => {
  fixture = await startOperatorFixture();
  for (const object of [riskPolicy, portfolio, strategy]) await fixture.apply(object);
});
after(() => fixture.stop());

test('probeApiServer: finds no leak for a ServiceAccount without a binding', async () => {
  const { leaks, unanswered, forbiddenCount } = await probe('without-binding');
  assert.deepEqual([leaks, unanswered], [[], []]);
  assert.ok(forbiddenCount > 100, `expected a hundred forbidden requests, found ${forbiddenCount}`);
});

test('probeApiServer, known bad: finds every forbidden request for a ServiceAccount that may do everything', async () => {
  await bind('everything', 'cluster-admin', [serviceAccount('bad')]);
  const all = apiRequests('trading', 'kube-system').map((request) => `API server: ${describeApiRequest(request)}`);
  await eventually('the authorizer knows the binding', async () => {
    const { leaks } = await probe('bad');
    assert.deepEqual(leaks, all);
    return true;
  });
});

test('probeApiServer, known bad: finds a right to one Secret by its name, and a right of all ServiceAccounts of the namespace', async () => {
  const rules = [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['flotilla-bus-operator'], verbs: ['get'] }];
  await bindRules('one-secret', rules, [serviceAccount('one-secret')]);
  const exec = [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }];
  await bindRules('all', exec, [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:serviceaccounts:trading' }]);
  await eventually('the authorizer knows both bindings', async () => {
    const { leaks } = await probe('one-secret');
    assert.deepEqual(leaks, ['API server: get secrets/flotilla-bus-operator in trading', 'API server: create pods/exec in trading']);
    return true;
  });
  await unbind('all');
});

test('a right bound to the ServiceAccount of an agent: the leak is told, the agent is stopped, and the leak ends with the binding', async () => {
  await eventually(
    'the status says that the API server was asked',
    async () => (await status()).permissions?.apiServer?.leakCount === 0,
    PROBED_MS_MAX,
  );
  const { message } = await fixture.reason(KINDS.strategy, NAME, 'PermissionsEnforced', 'Enforced');
  assert.match(message, /the API server denies its ServiceAccount every forbidden request/);

  await bindRules('planted', [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }], [serviceAccount(AGENT)]);
  await eventually('the leak is latched', async () => (await status()).leak !== undefined, 2 * PROBED_MS_MAX);
  const { leak, permissions } = await status();
  assert.deepEqual([leak?.leakCount, leak?.subjects], [1, ['API server: list secrets in trading']]);
  assert.equal(permissions?.apiServer?.leakCount, 1);
  assert.equal(permissions.leakCount, 0);
  const stalled = await fixture.reason(KINDS.strategy, NAME, 'Stalled', 'PermissionLeaked');
  assert.match(stalled.message, /API server: list secrets in trading/);
  await eventually('exec is told', async () => (await fixture.config('main'))?.strategies[0]?.desiredState === 'Paused');
  const event = await eventually('the audit event', () => lastEvent('PERMISSION_LEAKED'));
  assert.deepEqual(event.details, { principal: `agent-main_${NAME}`, leaks: 'API server: list secrets in trading' });

  const annotations = { [RESUME_AFTER_LEAK]: `${leak?.foundAt} alice: the binding is gone` };
  await fixture.cluster.patch(KINDS.strategy, { namespace: 'trading', name: NAME }, { metadata: { annotations } });
  await unbind('planted');
  await eventually('both probes have shown that the leak is gone', async () => (await status()).leak === undefined, 2 * PROBED_MS_MAX);
});

function probe(name: string): Promise<ApiServerProbe> {
  const { signal } = new AbortController();
  return probeApiServer({ cluster: fixture.cluster, namespace: 'trading', clock: WITHOUT_PAUSE, signal }, name);
}

type Subject = Readonly<Record<string, string>>;

function serviceAccount(name: string): Subject {
  return { kind: 'ServiceAccount', name, namespace: 'trading' };
}

async function bindRules(name: string, rules: readonly object[], subjects: readonly Subject[]): Promise<void> {
  await create('clusterroles', { metadata: { name }, rules });
  await create('namespaces/trading/rolebindings', { metadata: { name, namespace: 'trading' }, roleRef: roleRef(name), subjects });
}

async function bind(name: string, role: string, subjects: readonly Subject[]): Promise<void> {
  await create('clusterrolebindings', { metadata: { name }, roleRef: roleRef(role), subjects });
}

function roleRef(name: string): object {
  return { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
}

async function create(where: string, body: object): Promise<void> {
  await fixture.cluster.raw({ method: 'POST', path: `${RBAC}/${where}`, body });
}

async function unbind(name: string): Promise<void> {
  await fixture.cluster.raw({ method: 'DELETE', path: `${RBAC}/namespaces/trading/rolebindings/${name}` });
}

async function status(): Promise<NonNullable<Strategy['status']>> {
  return (await fixture.find<Strategy>(KINDS.strategy, NAME))?.status ?? {};
}

async function lastEvent(action: string): Promise<AuditEvent | undefined> {
  let last: AuditEvent | undefined;
  for await (const { payload } of fixture.bus.read('AUDIT', { subject: 'audit.event.*', fromSequence: 1 })) {
    const event = JSON.parse(Buffer.from(payload).toString('utf8')) as AuditEvent;
    if (event.action === action) last = event;
  }
  return last;
}
