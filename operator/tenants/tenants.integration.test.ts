/**
 * One operator process, with the rights of the chart alone, and several tenant namespaces on a real API server and a real nats-server. What the servers
 * hold is the judge. The namespaces have objects of the same names.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ACCOUNT_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { GATEWAY_STORE_SECRET } from '@flotilla/contracts/access/credential-secrets.ts';
import { STORE_OPERATOR_USER, STORE_START_USERS } from '@flotilla/contracts/access/store-users.ts';
import { accountName, type Principal } from '@flotilla/contracts/access/principal.ts';
import {
  OPERATOR_CLUSTER_RULES,
  OPERATOR_OWN_RULES,
  OPERATOR_PATH_RULES,
  OPERATOR_READING_RULES,
} from '@flotilla/contracts/access/operator-rights.ts';
import { tenantObjects } from '@flotilla/contracts/access/tenant-objects.ts';
import { type BucketName, keys } from '@flotilla/contracts/bus/buckets.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { applyObjects } from '@flotilla/local/cluster/apply-objects.ts';
import { applyDefinition, startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { type Cluster, type KubeManifest, type KubeObject, KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { bucketStream, type NatsBus } from '@flotilla/runtime';
import { bucketSubject } from '@flotilla/runtime/key-value.ts';
import { readClaims, signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { userLogin } from '@flotilla/runtime/identity/login.ts';
import { keyPairOfSeed, makeKeyPair } from '@flotilla/runtime/identity/nkey.ts';
import { userBody } from '@flotilla/runtime/identity/bus-keys.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { accountOf } from '@flotilla/runtime/identity/principal-account.ts';
import { tenantIdentity } from '@flotilla/runtime/identity/tenant-identity.ts';
import { enterAccount } from '@flotilla/runtime/testing/enter-account.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openRawLogin, type RawConnection } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { openTestSystemAccount } from '@flotilla/runtime/testing/open-system-account.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { type RedisServer, startRedis } from '@flotilla/runtime/testing/redis.ts';
import { renderStoreUsers } from '@flotilla/runtime/testing/store-users.ts';
import { parse } from 'yaml';
import { KINDS } from '../kinds.ts';
import { portfolio, riskPolicy, strategy, withSpec } from '../testing/objects.ts';
import { type OperatorProcess, startOperatorProcess } from '../testing/operator-process.ts';

const CRDS = join(import.meta.dirname, '../../crds/generated');
const OPERATOR = { kind: 'ServiceAccount', name: 'flotilla-operator', namespace: 'trading' } as const;
const RBAC = 'rbac.authorization.k8s.io/v1';
const AGENT: Principal = { role: 'SignalAgent', portfolio: 'main', strategy: 'btc-momentum' };
const AUDIT_KEY = 'flotilla-audit-signing-key';
/** A namespace is served within seconds on a busy machine. */
const LOGIN_MS_MAX = 8_000;
const LEFT_DESK = '"namespace":"desk","msg":"the operator serves the namespace no longer"';
const INTENT = 'decisions.order_intent.main.btc-momentum';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-tenants-'));
let api: TestApiServer;
let nats: NatsServer;
let redis: RedisServer;
let admin: Cluster;
let operator: OperatorProcess;
let accounts: ReturnType<typeof openTestSystemAccount>;
const buses = new Map<string, NatsBus>();

before(async () => {
  [api, nats, redis] = await Promise.all([
    startTestApiServer(),
    startNatsServer(),
    startRedis({ configText: renderStoreUsers([...STORE_START_USERS]) }),
  ]);
  admin = api.connect('tenants-test');
  accounts = openTestSystemAccount(nats);
  for (const file of readdirSync(CRDS)) await applyDefinition(admin, parse(readFileSync(join(CRDS, file), 'utf8')) as KubeManifest);
  await createNamespace('trading', {});
  const metadata = { name: OPERATOR.name };
  const own = { name: 'own', namespace: 'trading' };
  const roleRef = (kind: string, name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });
  await admin.create(KUBERNETES_TYPES.serviceAccount, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { ...metadata, namespace: 'trading' },
  });
  await applyObjects(admin, [
    clusterRole(OPERATOR_CLUSTER_RULES, OPERATOR_READING_RULES, OPERATOR_PATH_RULES),
    { apiVersion: RBAC, kind: 'ClusterRoleBinding', metadata, roleRef: roleRef('ClusterRole', OPERATOR.name), subjects: [OPERATOR] },
    { apiVersion: RBAC, kind: 'Role', metadata: own, rules: OPERATOR_OWN_RULES },
    { apiVersion: RBAC, kind: 'RoleBinding', metadata: own, roleRef: roleRef('Role', 'own'), subjects: [OPERATOR] },
    ...tenantObjects('trading', OPERATOR),
  ]);
  await addTenant('research');
  operator = await startOperator();
});
after(async () => {
  // A set-up that failed has started a part of them.
  operator?.kill('SIGKILL');
  await operator?.ended;
  await Promise.all([accounts?.close(), ...[...buses.values()].map((bus) => bus.close())]);
  await Promise.all([api?.stop(), nats?.stop(), redis?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

test('two namespaces with the same names are two worlds at the bus', async () => {
  for (const namespace of ['trading', 'research']) await applyFleet(namespace, namespace === 'trading' ? '50000' : '700');
  const [trading, research] = await Promise.all([busOf('trading'), busOf('research')]);
  for (const [namespace, bus, maxNotional] of [
    ['trading', trading, '50000'],
    ['research', research, '700'],
  ] as const) {
    await eventually(`exec in ${namespace} has the limit of its namespace`, async () =>
      (await configOf(bus)).includes(`"maxNotional":"${maxNotional}"`),
    );
    for (const name of ['main-exec', 'btc-momentum-agent'])
      await eventually(`the Deployment ${name} in ${namespace}`, () => admin.find(KUBERNETES_TYPES.deployment, { namespace, name }));
  }
  const agent = await enter('research');
  agent.publish(INTENT, 'of research');
  await agent.flush();
  assert.deepEqual(await storedIn(research, 'DECISIONS'), [INTENT]);
  assert.deepEqual(await storedIn(trading, 'DECISIONS'), []);
  await agent.close();
  const shown = await metrics();
  for (const namespace of ['trading', 'research'])
    assert.match(shown, new RegExp(`^flotilla_portfolio_trading\\{tenant="${namespace}",portfolio="main",[^}]*\\} 1$`, 'm'));
});

test('what lies in the namespace of the installation alone is not mounted in another', async () => {
  const mounts = async (namespace: string): Promise<string> =>
    JSON.stringify(
      await eventually(`the audit writer of ${namespace}`, () =>
        admin.find(KUBERNETES_TYPES.deployment, { namespace, name: 'flotilla-audit' }),
      ),
    );
  assert.ok((await mounts('trading')).includes(AUDIT_KEY));
  assert.ok(!(await mounts('research')).includes(AUDIT_KEY));
});

test('a refused connection is told in the audit log of the installation, and in no other', async () => {
  const [stranger, user] = [makeKeyPair('account', systemRng.bytes(32)), makeKeyPair('user', systemRng.bytes(32))];
  const claims = { sub: user.publicKey, name: 'stranger', issuedAtS: 1_700_000_000, nats: userBody(stranger.publicKey, {}) };
  await assert.rejects(openRawLogin(nats.url, userLogin({ jwt: signClaims(claims, stranger), seed: user.seed }), false), /authorization/i);
  const actionsOf = async (namespace: string): Promise<string> => {
    // The operator may not read the audit log, so its writer does.
    const account = accountOf(nats.identity.keys.operator.accountSecret, accountName(namespace, { role: 'AuditWriter' }));
    const login = userLogin(nats.identity.userOf(account, 'audit', {}));
    const bus = await openTestBus({ url: nats.url, login, apiPrefix: ACCOUNT_API_PREFIX });
    const told: string[] = [];
    for await (const { payload } of bus.read('AUDIT', { subject: '>', fromSequence: 1 })) told.push(Buffer.from(payload).toString('utf8'));
    await bus.close();
    return told.join('\n');
  };
  await eventually('trading has it', async () => (await actionsOf('trading')).includes('CONNECTION_REFUSED'));
  assert.ok(!(await actionsOf('research')).includes('CONNECTION_REFUSED'));
});

test('a KillSwitch of one namespace halts that namespace alone', async () => {
  const spec = { mode: 'CancelAndHold', reason: 'test', scope: { type: 'Namespaces', namespaces: ['research'] } };
  await applyAs(KINDS.killSwitch, { apiVersion: 'flotilla.dev/v1alpha1', kind: 'KillSwitch', metadata: { name: 'stop-research' }, spec });
  await eventually('research is halted', async () => (await haltOf(await busOf('research')))?.includes('"ENGAGED"') === true);
  assert.equal((await haltOf(await busOf('trading')))?.includes('"RELEASED"'), true);
  const finalizers = await eventually('the operator holds it', async () => {
    const { metadata } = await admin.get(KINDS.killSwitch, { name: 'stop-research' });
    return metadata.finalizers;
  });
  assert.deepEqual(finalizers, ['halt.flotilla.dev/research']);
});

test('claims of the core account of a namespace that another pushed are replaced', async () => {
  const { operator: identity } = nats.identity.keys;
  const { core } = tenantIdentity(identity, 'research');
  const nothing = { exports: [], imports: [], limits: { conn: -1, subs: -1, leaf: 0 }, type: 'account', version: 2 };
  const claims = { sub: core, name: 'research/core', issuedAtS: Math.floor(Date.now() / 1_000), nats: nothing };
  await accounts.system.push(signClaims(claims, keyPairOfSeed(identity.claimsSeed)), 1);
  await eventually('the operator has pushed its own again', async () => {
    const { exports } = readClaims((await accounts.system.claimsOf(core)) ?? '').nats as { readonly exports: readonly unknown[] };
    return exports.length > 0;
  });
  const agent = await enter('research');
  await eventually('the agent publishes', async () => {
    agent.publish(INTENT, 'after the repair');
    await agent.flush();
    return (await countIn(await busOf('research'), 'DECISIONS')) > 1;
  });
  await agent.close();
});

test('a namespace that is added while the others trade disturbs no other', async () => {
  const agent = await enter('trading');
  // The test before has closed the connection to research, and the operator comes back by itself.
  const before = await eventually('the operator is connected for both', async () => {
    const found = await connectionsBySource();
    return found.has('operator') && found.has('operator research') ? found : undefined;
  });
  await addTenant('desk');
  // The operator looks at the store every 20 s, and the gateway of a new tenant does not wait for that.
  const login = { namespace: 'desk', name: GATEWAY_STORE_SECRET };
  await eventually('the login of its gateway at the store', () => admin.find(KUBERNETES_TYPES.secret, login), LOGIN_MS_MAX);
  await applyFleet('desk', '900');
  await eventually('the configuration of exec in desk', async () => configOf(await busOf('desk')));
  agent.publish(INTENT, 'still here');
  await agent.flush();
  assert.equal(agent.isClosed(), false);
  assert.equal(operator.hasEnded(), false);
  const later = await connectionsBySource();
  for (const [name, id] of before) assert.equal(later.get(name), id, `the connection ${name} is the same`);
  await agent.close();
});

test('a namespace without the operator’s rights waits for them, and the others go on', async () => {
  await createNamespace('unprepared', { 'flotilla.dev/tenant': 'true' });
  await eventually('its state says so', async () =>
    (await metrics()).includes('flotilla_tenants{tenant="unprepared",state="Forbidden"} 1'),
  );
  await eventually('the log tells what to do', () => operator.log().includes('flotilla tenants manifest unprepared'));
  assert.equal(await operator.ask('/ready'), 200);
  await applyAs(
    KINDS.riskPolicy,
    inNamespace(withSpec(riskPolicy, { order: { ...(riskPolicy.spec as { order: object }).order, maxNotional: '40000' } }), 'trading'),
  );
  await eventually('trading has the changed limit', async () => (await configOf(await busOf('trading'))).includes('"maxNotional":"40000"'));
});

test('a namespace that is not selected any more keeps its operator until its fleet is deleted, and then loses its accounts, also by an operator that reads its tenants alone', async () => {
  await admin.patch(KUBERNETES_TYPES.namespace, { name: 'desk' }, { metadata: { labels: { 'flotilla.dev/tenant': null } } });
  await eventually('it is leaving', async () => (await metrics()).includes('flotilla_tenants{tenant="desk",state="Leaving"} 1'));
  const agent = await enter('desk');
  await applyAs(KINDS.strategy, inNamespace(withSpec(strategy, { desiredState: 'Paused' }), 'desk'));
  await eventually('the operator still acts there', async () => replicasOf('desk').then((count) => count === 0));
  const restarted = operator;
  operator.kill('SIGKILL');
  await restarted.ended;
  // From here on the operator has no right to read our kinds in every namespace.
  await applyObjects(admin, [clusterRole(OPERATOR_CLUSTER_RULES, OPERATOR_PATH_RULES)]);
  operator = await startOperator({ FLOTILLA_TENANT_READS: 'Namespace' });
  await eventually('a new process still serves it', async () =>
    (await metrics()).includes('flotilla_tenants{tenant="desk",state="Leaving"} 1'),
  );
  const putBack = operator
    .log()
    .split('\n')
    .filter((line) => line.includes('"what":"store-user"'));
  assert.deepEqual(putBack, [], 'the new process took no gateway its user at the store');
  const haltOfAll = { scope: { type: 'Namespaces', namespaces: ['trading', 'desk'] }, mode: 'CancelAndHold', reason: 'test' };
  await applyAs(KINDS.killSwitch, {
    apiVersion: 'flotilla.dev/v1alpha1',
    kind: 'KillSwitch',
    metadata: { name: 'stop-all' },
    spec: haltOfAll,
  });
  await eventually('it holds the KillSwitch', async () => (await finalizersOf('stop-all')).includes('halt.flotilla.dev/desk'));
  const closed = agent.closed();
  await removeFleet('desk');
  await eventually(
    'the operator serves desk no longer',
    async () => !/^flotilla_[a-z_]+\{[^}]*tenant="desk"/m.test(await metrics()),
    30_000,
  );
  await closed;
  for (const principal of [AGENT, { role: 'Gateway' }, { role: 'AuditWriter' }, { role: 'Reader' }] as const)
    await refused('desk', principal);
  assert.equal(operator.log().match(/flotilla tenants manifest unprepared/g)?.length, 2, 'each process told once what to do');
  assert.deepEqual(await finalizersOf('stop-all'), ['halt.flotilla.dev/trading'], 'the KillSwitch waits for trading alone');
  assert.equal((await enter('trading')).isClosed(), false);
  assert.equal((await storedIn(await busOf('desk'), 'DECISIONS')).length, 0, 'the streams stay');
});

test('a namespace that is deleted keeps no finalizer of the operator, and loses its accounts', async () => {
  await eventually('desk is left', () => operator.log().includes(LEFT_DESK));
  const agent = await enter('research');
  const closed = agent.closed();
  // Without a controller manager nothing deletes the content, so the namespace stays "Terminating".
  await admin.delete(KUBERNETES_TYPES.namespace, { name: 'research' });
  await closed;
  await eventually('no finalizer is left', async () => {
    for (const type of [KINDS.portfolio, KINDS.strategy, KINDS.riskPolicy]) {
      const { items } = await admin.list<KubeObject>(type, { namespace: 'research' });
      if (items.some(({ metadata }) => (metadata.finalizers ?? []).length > 0)) return false;
    }
    return (await admin.get(KINDS.killSwitch, { name: 'stop-research' })).metadata.finalizers === undefined;
  });
  for (const principal of [AGENT, { role: 'Gateway' }, { role: 'AuditWriter' }, { role: 'Reader' }] as const)
    await refused('research', principal);
  assert.equal((await enter('trading')).isClosed(), false);
  // Several rounds of the operator have passed since.
  assert.equal(operator.log().split(LEFT_DESK).length - 1, 1, 'desk was left once, and not served again');
});

async function finalizersOf(killSwitch: string): Promise<readonly string[]> {
  return (await admin.get(KINDS.killSwitch, { name: killSwitch })).metadata.finalizers ?? [];
}

function clusterRole(...rules: readonly (readonly object[])[]): KubeManifest {
  return { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name: OPERATOR.name }, rules: rules.flat() };
}

async function startOperator(more: Readonly<Record<string, string>> = {}): Promise<OperatorProcess> {
  const answer = (await admin.raw({
    method: 'POST',
    path: `/api/v1/namespaces/trading/serviceaccounts/${OPERATOR.name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3_600 } },
  })) as { readonly status: { readonly token: string } };
  const kubeconfigPath = join(folder, 'kubeconfig.yaml');
  writeFileSync(kubeconfigPath, readFileSync(api.kubeconfigPath, 'utf8').replace(api.token, answer.status.token));
  return startOperatorProcess({
    name: 'operator',
    kubeconfigPath,
    nats,
    logPath: join(folder, 'operator.log'),
    environment: {
      FLOTILLA_TENANT_SELECTOR: 'flotilla.dev/tenant=true',
      FLOTILLA_LEADER_ELECTION: 'off',
      FLOTILLA_REDIS_URL: redis.url,
      FLOTILLA_STORE_PASSWORD: STORE_OPERATOR_USER,
      FLOTILLA_AUDIT_KEY_SECRET: AUDIT_KEY,
      ...more,
    },
  });
}

async function createNamespace(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  await admin.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

async function addTenant(name: string): Promise<void> {
  await createNamespace(name, { 'flotilla.dev/tenant': 'true' });
  await applyObjects(admin, tenantObjects(name, OPERATOR));
}

function inNamespace({ apiVersion, kind, metadata: { name }, spec }: ResourceObject, namespace: string): KubeManifest {
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}

async function applyAs(type: ResourceType, manifest: KubeManifest): Promise<void> {
  await admin.apply(type, manifest, { fieldManager: 'user' });
}

async function applyFleet(namespace: string, maxNotional: string): Promise<void> {
  const { order } = riskPolicy.spec as { readonly order: object };
  await applyAs(KINDS.riskPolicy, inNamespace(withSpec(riskPolicy, { order: { ...order, maxNotional } }), namespace));
  await applyAs(KINDS.portfolio, inNamespace(portfolio, namespace));
  await applyAs(KINDS.strategy, inNamespace(strategy, namespace));
}

/** Decides for the execs that never ran, as `docs/how-to/halt-and-release.md` tells a person to. */
async function removeFleet(namespace: string): Promise<void> {
  for (const [type, { metadata }] of [
    [KINDS.strategy, strategy],
    [KINDS.portfolio, portfolio],
    [KINDS.riskPolicy, riskPolicy],
  ] as const)
    await admin.delete(type, { namespace, name: metadata.name });
}

/** The bus of a namespace as its operator sees it. */
async function busOf(namespace: string): Promise<NatsBus> {
  const found = buses.get(namespace);
  if (found !== undefined) return found;
  const { operator: identity } = nats.identity.keys;
  const { coreLogin } = namespace === 'trading' ? identity : tenantIdentity(identity, namespace);
  const bus = await eventually(`the core account of ${namespace}`, () => openTestBus({ url: nats.url, login: userLogin(coreLogin) }));
  buses.set(namespace, bus);
  return bus;
}

async function configOf(bus: NatsBus): Promise<string> {
  return (await readKey(bus, 'CONFIG', keys.execConfig('main'))) ?? assert.fail('expected a configuration');
}

function haltOf(bus: NatsBus): Promise<string | undefined> {
  return readKey(bus, 'CONTROL', keys.halt('main'));
}

/** The operator has the right to read from the leader of a stream alone. */
async function readKey(bus: NatsBus, bucket: BucketName, key: string): Promise<string | undefined> {
  const stored = await bus.last(bucketStream(bucket), bucketSubject(bucket, key), 'LEADER');
  return stored === undefined ? undefined : Buffer.from(stored.payload).toString('utf8');
}

async function storedIn(bus: NatsBus, stream: string): Promise<readonly string[]> {
  const { state } = await bus.callApi<{ readonly state: { readonly subjects?: Readonly<Record<string, number>> } }>(
    `STREAM.INFO.${stream}`,
    {
      subjects_filter: '>',
    },
  );
  return Object.keys(state.subjects ?? {});
}

async function countIn(bus: NatsBus, stream: string): Promise<number> {
  return (await bus.callApi<{ readonly state: { readonly messages: number } }>(`STREAM.INFO.${stream}`)).state.messages;
}

async function replicasOf(namespace: string): Promise<number | undefined> {
  const found = await admin.find<KubeObject & { readonly spec: { readonly replicas?: number } }>(KUBERNETES_TYPES.deployment, {
    namespace,
    name: 'btc-momentum-agent',
  });
  return found?.spec.replicas;
}

/** Waits until the operator has pushed the account. */
function enter(namespace: string): Promise<RawConnection> {
  return eventually(`the agent of ${namespace} enters`, () => enterAccount(nats, AGENT, namespace));
}

/** Waits until the servers admit the principal no longer. */
async function refused(namespace: string, principal: Principal): Promise<void> {
  await eventually(`${principal.role} of ${namespace} is refused`, async () => {
    const admitted = await enterAccount(nats, principal, namespace).catch((error: unknown) => String(error));
    if (typeof admitted === 'string') return /authorization violation/i.test(admitted);
    await admitted.close();
    return false;
  });
}

async function metrics(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${operator.port}/metrics`)).text();
}

/** The operator's connections by name, with the ids that the server gave them. The prober's come and go. */
async function connectionsBySource(): Promise<ReadonlyMap<string, number>> {
  const [answer] = await accounts.system.ask('$SYS.REQ.SERVER.PING.CONNZ', JSON.stringify({ limit: 1_024 }), 1);
  const connections = (answer?.data?.connections ?? []) as readonly { readonly name?: string; readonly cid: number }[];
  return new Map(connections.filter(({ name = '' }) => name.startsWith('operator')).map(({ name = '', cid }) => [name, cid] as const));
}
