/** How the command gets to the bus: by a token that kubectl asks of a real API server, and that the callout verifies for a real NATS. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { STREAMS } from '@flotilla/contracts';
import { PERSON_ROLE_LABEL, personServiceAccount } from '@flotilla/contracts/access/person.ts';
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
const ALICE: Principal = { role: 'Person', person: 'alice', personRole: 'Reader' };
const VIEW_ROLE = 'flotilla-view';

let nats: NatsServer;
let api: TestApiServer;
let admin: Cluster;
let callout: ServerProcess;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-admission-'));
  // Written once: a command that still runs must never find the file empty.
  writeFileSync(join(folder, 'cli.json'), '{}');
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
  const { keys: tokenKeys } = (await admin.raw({ method: 'GET', path: '/openid/v1/jwks', accept: 'application/jwk-set+json' })) as {
    readonly keys: readonly object[];
  };
  const admits = async (principal: Principal): Promise<object> => {
    await nats.identity.login(principal);
    const account = accountOf(nats.identity.keys.operator.accountSecret, accountName(NAMESPACE, principal));
    return { principal: principalName(principal), account, closed: false };
  };
  for (const [key, value] of [
    [keys.admission(NAMESPACE, READER_SERVICE_ACCOUNT), await admits(READER)],
    [keys.admission(NAMESPACE, personServiceAccount('alice')), await admits(ALICE)],
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

test('flotilla people: gives a person an account, shows it, and takes it away; only the own users get tokens', async () => {
  const settings = { KUBECONFIG: kubeconfigOf('alice@example.com') };
  const before = await flotilla(['--person', 'alice', 'fills'], settings);
  assert.equal(before.code, 1);
  assert.match(before.stderr, /no token for the bus: .*\n {2}An administrator adds the person with: flotilla people add alice --user/);
  assert.match((await flotilla(['people'])).stdout, /^No person has an account of their own in namespace trading\.$/m);

  const added = await flotilla(['people', 'add', 'alice', '--user', 'alice@example.com']);
  assert.deepEqual([added.code, added.stdout.split(',')[0]], [0, 'alice is a Reader in namespace trading'], added.stderr);
  await flotilla(['people', 'add', 'bob', '--role', 'Replayer', '--user', 'bob@example.com', '--group', 'desk']);
  const shown = await flotilla(['people', '--output', 'json']);
  assert.deepEqual((JSON.parse(shown.stdout) as { readonly people: unknown }).people, [
    { name: 'alice', role: 'Reader', tokensFor: ['user alice@example.com'], problem: null },
    { name: 'bob', role: 'Replayer', tokensFor: ['user bob@example.com', 'group desk'], problem: null },
  ]);
  assert.match((await flotilla(['people'])).stdout, /^alice +Reader +user alice@example\.com +-$/m);

  const entered = await eventually('the role holds', async () => {
    const ended = await flotilla(['fills'], { ...settings, FLOTILLA_PERSON: 'alice' });
    return ended.code === 0 ? ended : undefined;
  });
  assert.equal(entered.stdout, 'No fills yet.\n');
  const asBob = await flotilla(['--person', 'bob', 'fills'], settings);
  assert.match(asBob.stderr, /"flotilla-person-bob" is forbidden: User "alice@example\.com" cannot create/);
  const { stdout } = await flotilla(['permissions', '--principal', 'person/bob', '--output', 'json']);
  assert.equal((JSON.parse(stdout) as { readonly principal: string }).principal, 'person-bob');

  assert.equal((await flotilla(['people', 'remove', 'bob'])).code, 0);
  const left = await flotilla(['people', '--output', 'json']);
  assert.deepEqual(
    (JSON.parse(left.stdout) as { readonly people: readonly { readonly name: string }[] }).people.map(({ name }) => name),
    ['alice'],
  );
  assert.match((await flotilla(['people', 'remove', 'bob'])).stderr, /no person bob in namespace trading\n {2}The namespace has: alice\./);
});

test('flotilla people: prints what the API server takes, and applies nothing', async () => {
  const { stdout } = await flotilla(['people', 'add', 'carol', '--user', 'carol@example.com', '--print']);
  const { items } = JSON.parse(stdout) as { readonly items: readonly { readonly kind: string }[] };
  assert.deepEqual(
    items.map(({ kind }) => kind),
    ['ServiceAccount', 'Role', 'RoleBinding'],
  );
  assert.doesNotMatch((await flotilla(['people'])).stdout, /carol/);
});

test('flotilla people: refuses a wrong command line, and names a ServiceAccount that is not a person', async () => {
  for (const [args, message] of [
    [['people', 'add', 'Alice', '--user', 'a'], /expected the name of a person in at most 40 lower-case letters, .*found "Alice"/],
    [['people', 'add', 'alice'], /expected a user or a group of Kubernetes, found none\n {2}Give --user or --group/],
    [['people', 'add', 'alice', '--user', 'a', '--role', 'Admin'], /Allowed choices are Reader, Replayer/],
    [['--person', 'a.b', 'fills'], /--person: expected the name of a person/],
  ] as const) {
    const ended = await flotilla(args);
    assert.equal(ended.code, 2, args.join(' '));
    assert.match(ended.stderr, message);
  }
  const metadata = { name: 'some-pod', namespace: NAMESPACE, labels: { [PERSON_ROLE_LABEL]: 'Reader' } };
  await admin.create(KUBERNETES_TYPES.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  const ended = await flotilla(['people']);
  assert.equal(ended.code, 3);
  assert.match(ended.stderr, /the bus does not admit some-pod: .*expected a name that begins with flotilla-person-/);
  await admin.delete(KUBERNETES_TYPES.serviceAccount, metadata);
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
