/** How the command gets to the bus: by a token that kubectl asks of a real API server, and that the callout verifies for a real NATS. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { STREAMS } from '@flotilla/contracts';
import { BUS_TOKEN_AUDIENCE, READER_SERVICE_ACCOUNT } from '@flotilla/contracts/access/bus-token.ts';
import { accountName, principalName, type Principal } from '@flotilla/contracts/access/principal.ts';
import { PEOPLE_ROLES } from '@flotilla/contracts/access/people-roles.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { type Cluster, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { openBucket } from '@flotilla/runtime';
import { accountOf } from '@flotilla/runtime/identity/principal-account.ts';
import { ensureBucket, ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { findBinary } from '@flotilla/runtime/testing/find-binary.ts';
import { startNatsServer, type NatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { type ServerProcess, startServerProcess } from '@flotilla/runtime/testing/server-process.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const NAMESPACE = 'trading';
const READER: Principal = { role: 'Reader' };
const VIEW_ROLE = 'flotilla-view';

let nats: NatsServer;
let api: TestApiServer;
let admin: Cluster;
let callout: ServerProcess;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-admission-'));
  [nats, api] = await Promise.all([startNatsServer({ callout: true }), startTestApiServer()]);
  admin = api.connect();
  await admin.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const metadata = { name: READER_SERVICE_ACCOUNT, namespace: NAMESPACE };
  await admin.create(KUBERNETES_TYPES.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await provision();
  callout = await startCallout();
});
after(async () => {
  await Promise.all([callout.stop(), nats.stop(), api.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Does as the operator does: streams, the account of people, and what the callout has to know. */
async function provision(): Promise<void> {
  const bus = await openTestBus({ url: nats.url, login: nats.identity.adminLogin });
  for (const definition of Object.values(STREAMS)) await ensureStream(bus, definition, { replicas: 1 });
  await ensureBucket(bus, 'STATUS', { replicas: 1 });
  await ensureBucket(bus, 'PRINCIPALS', { replicas: 1 });
  await nats.identity.login(READER);
  const account = accountOf(nats.identity.keys.operator.accountSecret, accountName(NAMESPACE, READER));
  const { keys: tokenKeys } = (await admin.raw({ method: 'GET', path: '/openid/v1/jwks', accept: 'application/jwk-set+json' })) as {
    readonly keys: readonly object[];
  };
  for (const [key, value] of [
    [keys.admission(NAMESPACE, READER_SERVICE_ACCOUNT), { principal: principalName(READER), account, closed: false }],
    [keys.tokenKeys, { issuer: 'https://kubernetes.default.svc', keys: tokenKeys }],
  ] as const)
    await openBucket(bus, 'PRINCIPALS').put(key, Buffer.from(JSON.stringify({ schemaVersion: 1, ...value })));
  await bus.close();
}

function startCallout(): Promise<ServerProcess> {
  return startServerProcess({
    name: 'callout',
    command: 'env',
    configure(port, own) {
      const settings = { NATS_URL: nats.url, FLOTILLA_BUS_IDENTITY_FILE: nats.identity.calloutFile(own), PORT: port };
      return [
        ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
        process.execPath,
        join(ROOT, 'operator/callout/main.ts'),
      ];
    },
  });
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function flotilla(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const env = {
    PATH: process.env['PATH'],
    KUBECONFIG: api.kubeconfigPath,
    FLOTILLA_KUBECTL: findBinary('kubectl'),
    FLOTILLA_NATS_URL: nats.url,
    FLOTILLA_CLI_CONFIG: join(folder, 'cli.json'),
    ...settings,
  };
  writeFileSync(env.FLOTILLA_CLI_CONFIG, '{}');
  return new Promise((done) => {
    execFile(process.execPath, [join(ROOT, 'cli/main.ts'), ...args], { env }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

/** A kubeconfig of a user without rights but those that the test gives. */
function kubeconfigOf(user: string): string {
  const path = join(folder, `${user}.yaml`);
  writeFileSync(path, readFileSync(api.kubeconfigPath, 'utf8').replace('user: { token:', `user: { as: ${user}, token:`), { mode: 0o600 });
  return path;
}

async function tokenFor(audience: string): Promise<string> {
  const answer = (await admin.raw({
    method: 'POST',
    path: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${READER_SERVICE_ACCOUNT}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [audience] } },
  })) as { readonly status: { readonly token: string } };
  return answer.status.token;
}

test('flotilla: is admitted to the bus as a reader, with a token that kubectl asks for', async () => {
  const ended = await flotilla(['fills']);
  assert.deepEqual([ended.code, ended.stdout], [0, 'No fills yet.\n'], ended.stderr);
});

test('flotilla: is admitted without kubectl, with a token of the environment', async () => {
  const settings = { FLOTILLA_NATS_TOKEN: await tokenFor(BUS_TOKEN_AUDIENCE), FLOTILLA_KUBECTL: '/nonexistent' };
  assert.deepEqual([(await flotilla(['fills'], settings)).stdout], ['No fills yet.\n']);
});

test('flotilla: names the role, when the user may not ask for a token, and is admitted, once the role is bound', async () => {
  const settings = { KUBECONFIG: kubeconfigOf('alice') };
  const refused = await flotilla(['fills'], settings);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^flotilla: no token for the bus: .*"flotilla-reader" is forbidden: User "alice" cannot create .*serviceaccounts\/token/,
  );
  assert.match(refused.stderr, /\n {2}An administrator binds the ClusterRole flotilla-view to you in namespace trading/);
  const role = PEOPLE_ROLES.find(({ name }) => name === VIEW_ROLE);
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name: VIEW_ROLE, namespace: NAMESPACE };
  await admin.create(KUBERNETES_TYPES.role, { apiVersion, kind: 'Role', metadata, rules: role?.rules ?? [] });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: VIEW_ROLE };
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }];
  await admin.create(KUBERNETES_TYPES.roleBinding, { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects });
  await eventually('the role holds', async () => (await flotilla(['fills'], settings)).code === 0);
});

test('flotilla: says that Flotilla is not there, when the namespace has no account for people', async () => {
  const ended = await flotilla(['--namespace', 'default', 'fills']);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /^flotilla: no token for the bus: .*"flotilla-reader" not found\n {2}Name the namespace/);
});

test('flotilla: says that the bus did not admit it, and shows no token, when the token is for another audience', async () => {
  const token = await tokenFor('another');
  const ended = await flotilla(['fills'], { FLOTILLA_NATS_TOKEN: token });
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /^flotilla: the bus at nats:\/\/127\.0\.0\.1:\d+ did not admit this command: /);
  assert.ok(!ended.stderr.includes(token.slice(0, 20)));
});

test('flotilla: says that the bus did not admit it and names the callout, when the callout is away', async () => {
  await callout.kill();
  const ended = await flotilla(['fills']);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /^flotilla: the bus at nats:\/\/127\.0\.0\.1:\d+ did not admit this command: .*\n {2}.*the callout runs/);
  await callout.restart();
  assert.equal((await flotilla(['fills'])).code, 0);
});
