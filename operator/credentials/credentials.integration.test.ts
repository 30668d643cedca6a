/** Runs the job on a real API server, with the rights of the chart alone. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Cluster, type KubeManifest, type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { startFaultProxy } from '@flotilla/kube/testing/fault-proxy.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { type CalloutIdentity, makeBusKeys, type OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import { readClaims } from '@flotilla/runtime/identity/jwt.ts';
import { keyPairOfSeed } from '@flotilla/runtime/identity/nkey.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { createBusKeys } from './create-bus-keys.ts';
import { type BusKeyManifests, credentialSecrets } from './credential-secrets.ts';

interface Secret extends KubeObject {
  readonly data: Readonly<Record<string, string>>;
}

const NAMESPACE = 'trading';
/** In the order of their creation. */
const BUS_KEYS = ['flotilla-bus-root', 'flotilla-bus-callout', 'flotilla-bus-operator', 'flotilla-bus-server'];
const folder = mkdtempSync(join(tmpdir(), 'flotilla-credentials-'));
let server: TestApiServer;
let admin: Cluster;
let token: string;
let kubeconfig: string;

before(async () => {
  server = await startTestApiServer();
  admin = server.connect();
  await admin.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const metadata = { name: 'flotilla-credentials', namespace: NAMESPACE };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['create'] }];
  await admin.create(KUBERNETES_TYPES.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await admin.create(KUBERNETES_TYPES.role, { apiVersion, kind: 'Role', metadata, rules });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name };
  const subjects = [{ kind: 'ServiceAccount', ...metadata }];
  await admin.create(KUBERNETES_TYPES.roleBinding, { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects });
  token = await tokenOfJob();
  kubeconfig = join(folder, 'kubeconfig.yaml');
  writeFileSync(kubeconfig, readFileSync(server.kubeconfigPath, 'utf8').replace(server.token, token));
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('credentials: creates every Secret, each with a value of its own', async () => {
  const { code, stdout } = await runJob('nats,redis,audit');
  assert.equal(code, 0);
  assert.match(stdout, /^credentials: 8 created, 0 were there: flotilla-bus-root, flotilla-bus-callout, flotilla-bus-operator, /);
  const secrets = await allSecrets();
  assert.deepEqual([...secrets.keys()].toSorted(), [
    'flotilla-audit-signing-key',
    ...BUS_KEYS.toSorted(),
    'flotilla-nats-cluster',
    'flotilla-redis-health',
    'flotilla-redis-operator',
  ]);
  const passwords = [...secrets.values()].flatMap(({ data }) => (data['password'] === undefined ? [] : [decoded(data['password'])]));
  assert.equal(new Set(passwords).size, 3);
  for (const password of passwords) assert.match(password, /^[A-Za-z0-9_-]{32}$/);
  assert.equal(decoded(secrets.get('flotilla-nats-cluster')?.data['user']), 'cluster');
  const key = createPrivateKey(decoded(secrets.get('flotilla-audit-signing-key')?.data['signing-key.pem']));
  assert.equal(key.asymmetricKeyType, 'ed25519');
});

test('credentials: the keys of the bus fit each other, and no Secret holds the key of another', async () => {
  const secrets = await allSecrets();
  const text = (name: string, key: string): string => decoded(secrets.get(name)?.data[key]);
  const root = keyPairOfSeed(text('flotilla-bus-root', 'root.nk'));
  const server = text('flotilla-bus-server', 'identity.conf');
  const operatorJwt = /^operator: "(\S+)"$/m.exec(server)?.[1] ?? assert.fail('expected the claims of the installation');
  const claims = readClaims(operatorJwt);
  assert.equal(claims.issuer, root.publicKey);
  const operator = JSON.parse(text('flotilla-bus-operator', 'identity.json')) as OperatorIdentity;
  assert.deepEqual(claims.nats['signing_keys'], [keyPairOfSeed(operator.claimsSeed).publicKey]);
  const callout = JSON.parse(text('flotilla-bus-callout', 'identity.json')) as CalloutIdentity;
  assert.equal(keyPairOfSeed(callout.podSigningSeed).publicKey, operator.podSigningKey);
  assert.ok(server.includes(`"${callout.admission}":`) && server.includes(`"${operator.core}":`));
  // Seeds begin with S and the letter of their kind. The bus needs none.
  assert.doesNotMatch(server, /"S[OAUN][A-Z2-7]{56}"/);
  assert.ok(!JSON.stringify([operator, callout]).includes(root.seed));
  for (const name of BUS_KEYS) assert.equal(secrets.get(name)?.metadata.labels?.['flotilla.dev/bus-keys'], root.publicKey, name);
});

test('credentials: leaves what is there as it is, and mends what was deleted', async () => {
  const before = await allSecrets();
  await remove('flotilla-redis-health');
  const { code, stdout } = await runJob('nats,redis,audit');
  assert.equal(code, 0);
  assert.equal(stdout, 'credentials: 1 created, 7 were there: flotilla-redis-health\n');
  for (const [name, { metadata, data }] of await allSecrets()) {
    const unchanged = metadata.resourceVersion === before.get(name)?.metadata.resourceVersion;
    assert.equal(unchanged, name !== 'flotilla-redis-health', name);
    assert.notEqual(data, undefined);
  }
});

test('credentials: a root key that a person keeps elsewhere is not made again', async () => {
  await remove('flotilla-bus-root');
  const { code, stdout } = await runJob('nats');
  assert.equal(code, 0);
  assert.equal(stdout, 'credentials: 0 created, 4 were there\n');
  assert.equal((await allSecrets()).has('flotilla-bus-root'), false);
});

for (const missing of ['flotilla-bus-server', 'flotilla-bus-operator', 'flotilla-bus-callout']) {
  test(`credentials: refuses to make new keys while ${missing} alone is missing`, async () => {
    await startWith('nats');
    await remove(missing);
    const before = await allSecrets();
    const { code, stdout, stderr } = await runJob('nats,redis,audit');
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`^the keys of the bus are incomplete in the namespace trading: .*; missing ${missing}\\. New keys`));
    assert.match(stderr, /Restore the missing Secrets from a backup\. .*kubectl delete secret --namespace trading flotilla-bus-root /);
    assert.doesNotMatch(stderr, /S[OAUN][A-Z2-7]{56}/);
    assert.deepEqual(await allSecrets(), before);
  });
}

for (const ended of [1, 2, 3]) {
  test(`credentials: after a job was killed with ${ended} of the keys created, the next one refuses, and makes keys when these are deleted`, async (t) => {
    await startWith();
    const proxy = await startFaultProxy({ port: server.port, token });
    t.after(() => proxy.stop());
    let created = 0;
    const killed = new Promise<void>((resolve) => {
      proxy.decide(({ method, url }) => {
        if (method !== 'POST' || url.searchParams.has('dryRun')) return undefined;
        created += 1;
        if (created <= ended) return undefined;
        resolve();
        return 'hang';
      });
    });
    const job = startJob('nats', { KUBECONFIG: proxy.kubeconfigPath });
    await killed;
    job.child.kill('SIGKILL');
    assert.equal((await job.ended).code, null);
    const left = BUS_KEYS.slice(0, ended);
    assert.deepEqual([...(await allSecrets()).keys()].toSorted(), left.toSorted());
    const refused = await runJob('nats');
    assert.equal(refused.code, 1);
    assert.ok(refused.stderr.includes(`found ${left.join(', ')}; missing ${BUS_KEYS.slice(ended).join(', ')}.`), refused.stderr);
    assert.equal((await allSecrets()).size, ended);
    for (const name of left) await remove(name);
    assert.equal((await runJob('nats')).code, 0);
    assert.equal((await labelsOfKeys()).size, 1);
  });
}

test('credentials: completes the keys when the API server is away for a moment, when an answer is lost, and when the pod is told to end', async (t) => {
  await startWith();
  const proxy = await startFaultProxy({ port: server.port, token });
  t.after(() => proxy.stop());
  const faults = new Map<number, 'reset' | 'lose'>([
    [2, 'reset'],
    [3, 'reset'],
    [4, 'lose'],
    [6, 'lose'],
  ]);
  let created = 0;
  const job = startJob('nats', { KUBECONFIG: proxy.kubeconfigPath });
  proxy.decide(({ method, url }) => {
    if (method !== 'POST' || url.searchParams.has('dryRun')) return undefined;
    created += 1;
    if (created === 2) job.child.kill('SIGTERM');
    return faults.get(created);
  });
  const { code, stdout } = await job.ended;
  assert.equal(code, 0);
  assert.match(stdout, /^credentials: 5 created/);
  assert.equal((await labelsOfKeys()).size, 1);
});

test('credentials: makes no keys for the bus of a version with passwords, whose streams the new bus would not find', async () => {
  await startWith();
  const metadata = { name: 'flotilla-nats-operator', namespace: NAMESPACE };
  await admin.create(KUBERNETES_TYPES.secret, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    stringData: { user: 'operator', password: 'p' },
  });
  const { code, stderr } = await runJob('nats,redis');
  assert.equal(code, 1);
  assert.match(stderr, /has the Secret flotilla-nats-operator, .*docs\/how-to\/upgrade\.md/);
  assert.deepEqual([...(await allSecrets()).keys()], ['flotilla-nats-operator']);
  await remove('flotilla-nats-operator');
  assert.equal((await runJob('nats')).code, 0);
});

test('credentials: of two jobs at the same time one makes all keys', async () => {
  await startWith();
  const [own, other] = [manifests(), manifests()];
  const cluster: Pick<Cluster, 'create'> = {
    create: async (type, manifest, options) => {
      // The other job passes between the look of this one and its first creation.
      if (options?.dryRun !== true) await createBusKeys(admin, other, (work) => work());
      return admin.create(type, manifest, options);
    },
  };
  await assert.rejects(
    createBusKeys(cluster, own, (work) => work()),
    { code: 'RECORD_CHANGED', message: /another job created flotilla-bus-root/ },
  );
  const { labels = {} } = other.root.metadata as { readonly labels?: Readonly<Record<string, string>> };
  assert.deepEqual(await labelsOfKeys(), new Set([labels['flotilla.dev/bus-keys']]));
});

test('credentials --print: writes Secrets that the API server takes, without one', async () => {
  await startWith();
  const { code, stdout } = await startJob('nats', { KUBECONFIG: undefined }, ['--print']).ended;
  assert.equal(code, 0);
  const { items } = JSON.parse(stdout) as { readonly items: readonly KubeManifest[] };
  assert.deepEqual(await allSecrets(), new Map());
  // The person keeps the root key.
  for (const secret of items.filter(({ metadata }) => metadata.name !== 'flotilla-bus-root'))
    await admin.create(KUBERNETES_TYPES.secret, secret);
  assert.equal((await runJob('nats')).stdout, 'credentials: 0 created, 4 were there\n');
  assert.equal((await labelsOfKeys()).size, 1);
});

test('credentials: ends with one message when it may not create Secrets, or does not know what to create', async () => {
  await admin.delete(KUBERNETES_TYPES.roleBinding, { namespace: NAMESPACE, name: 'flotilla-credentials' });
  for (const parts of ['redis', 'nats']) {
    const refused = await runJob(parts);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /cannot create resource "secrets"/);
    assert.doesNotMatch(refused.stderr, /password|S[OAUN][A-Z2-7]{56}/);
  }
  const unknown = await runJob('nats,mysql');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /credentials cannot start: 1 invalid setting:\n {2}FLOTILLA_CREDENTIALS: /);
});

/** Begins with no Secret but those that the job makes of `parts`. */
async function startWith(parts?: string): Promise<void> {
  for (const name of (await allSecrets()).keys()) await remove(name);
  if (parts !== undefined) assert.equal((await runJob(parts)).code, 0);
}

async function remove(name: string): Promise<void> {
  await admin.delete(KUBERNETES_TYPES.secret, { namespace: NAMESPACE, name });
}

/** One label for keys that fit each other. */
async function labelsOfKeys(): Promise<ReadonlySet<string | undefined>> {
  const secrets = await allSecrets();
  return new Set(
    BUS_KEYS.flatMap((name) => {
      const secret = secrets.get(name);
      return secret === undefined ? [] : [secret.metadata.labels?.['flotilla.dev/bus-keys']];
    }),
  );
}

function manifests(): BusKeyManifests {
  const maker = { password: () => '', signingKeyPem: () => '', busKeys: () => makeBusKeys(systemRng, systemClock.nowMs()) };
  return credentialSecrets(NAMESPACE, ['nats'], maker).busKeys ?? assert.fail('expected the keys of the bus');
}

async function allSecrets(): Promise<ReadonlyMap<string, Secret>> {
  const { items } = await admin.list<Secret>(KUBERNETES_TYPES.secret, { namespace: NAMESPACE });
  return new Map(items.map((secret) => [secret.metadata.name, secret]));
}

function decoded(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}

/** A token of the job's service account. */
async function tokenOfJob(): Promise<string> {
  const answer = (await admin.raw({
    method: 'POST',
    path: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/flotilla-credentials/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  })) as { readonly status: { readonly token: string } };
  return answer.status.token;
}

interface JobOutcome {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

function runJob(parts: string): Promise<JobOutcome> {
  return startJob(parts).ended;
}

function startJob(
  parts: string,
  changes: Readonly<Record<string, string | undefined>> = {},
  flags: readonly string[] = [],
): { readonly child: ChildProcess; readonly ended: Promise<JobOutcome> } {
  const settings = { KUBECONFIG: kubeconfig, FLOTILLA_NAMESPACE: NAMESPACE, FLOTILLA_CREDENTIALS: parts, ...changes };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...flags], {
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: outcomeOf(child) };
}

async function outcomeOf(child: ChildProcess): Promise<JobOutcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const [code] = (await once(child, 'close')) as [unknown];
  return { code, stdout, stderr };
}
