/** Runs the job on a real API server, with the rights of the chart alone. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { IDENTITY_NAMES } from '@flotilla/contracts/access/identities.ts';
import { type Cluster, type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';

interface Secret extends KubeObject {
  readonly data: Readonly<Record<string, string>>;
}

const NAMESPACE = 'trading';
const folder = mkdtempSync(join(tmpdir(), 'flotilla-credentials-'));
let server: TestApiServer;
let admin: Cluster;
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
  kubeconfig = await kubeconfigOfJob();
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('credentials: creates every Secret, each with a value of its own', async () => {
  const { code, stdout } = await runJob('nats,redis,audit');
  assert.equal(code, 0);
  assert.match(stdout, /^credentials: 11 created, 0 were there: flotilla-nats-operator, /);
  const secrets = await allSecrets();
  const passwords = [...secrets.values()].flatMap(({ data }) => (data['password'] === undefined ? [] : [decoded(data['password'])]));
  assert.equal(new Set(passwords).size, 10);
  for (const password of passwords) assert.match(password, /^[A-Za-z0-9_-]{32}$/);
  for (const name of IDENTITY_NAMES) assert.equal(decoded(secrets.get(`flotilla-nats-${name}`)?.data['user']), name);
  const key = createPrivateKey(decoded(secrets.get('flotilla-audit-signing-key')?.data['signing-key.pem']));
  assert.equal(key.asymmetricKeyType, 'ed25519');
});

test('credentials: leaves what is there as it is, and mends what was deleted', async () => {
  const before = await allSecrets();
  await admin.delete(KUBERNETES_TYPES.secret, { namespace: NAMESPACE, name: 'flotilla-nats-exec' });
  const { code, stdout } = await runJob('nats,redis,audit');
  assert.equal(code, 0);
  assert.equal(stdout, 'credentials: 1 created, 10 were there: flotilla-nats-exec\n');
  for (const [name, { metadata, data }] of await allSecrets()) {
    const unchanged = metadata.resourceVersion === before.get(name)?.metadata.resourceVersion;
    assert.equal(unchanged, name !== 'flotilla-nats-exec', name);
    assert.notEqual(data, undefined);
  }
});

test('credentials: ends with one message when it may not create Secrets, or does not know what to create', async () => {
  await admin.delete(KUBERNETES_TYPES.roleBinding, { namespace: NAMESPACE, name: 'flotilla-credentials' });
  const refused = await runJob('redis');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /cannot create resource "secrets"/);
  assert.doesNotMatch(refused.stderr, /password/);
  const unknown = await runJob('nats,mysql');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /credentials cannot start: 1 invalid setting:\n {2}FLOTILLA_CREDENTIALS: /);
});

async function allSecrets(): Promise<ReadonlyMap<string, Secret>> {
  const { items } = await admin.list<Secret>(KUBERNETES_TYPES.secret, { namespace: NAMESPACE });
  return new Map(items.map((secret) => [secret.metadata.name, secret]));
}

function decoded(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}

/** A kubeconfig with a token of the job's service account instead of the administrator's. */
async function kubeconfigOfJob(): Promise<string> {
  const answer = (await admin.raw({
    method: 'POST',
    path: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/flotilla-credentials/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  })) as { readonly status: { readonly token: string } };
  const path = join(folder, 'kubeconfig.yaml');
  writeFileSync(path, readFileSync(server.kubeconfigPath, 'utf8').replace(server.token, answer.status.token));
  return path;
}

async function runJob(parts: string): Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }> {
  const env = { PATH: process.env['PATH'], KUBECONFIG: kubeconfig, FLOTILLA_NAMESPACE: NAMESPACE, FLOTILLA_CREDENTIALS: parts };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const [code] = (await once(child, 'close')) as [unknown];
  return { code, stdout, stderr };
}
