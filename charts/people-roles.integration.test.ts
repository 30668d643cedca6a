/**
 * Rights of people on our kinds, at a real API server: users with Kubernetes' `view`, `edit` and `admin`, and with our roles for halts.
 *
 * Each cell of the matrix is judged three times: by the authorizer, by the answer to the request, and by the state of the server after it.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BUS_TOKEN_AUDIENCE, READER_SERVICE_ACCOUNT } from '@flotilla/contracts/access/bus-token.ts';
import { API_GROUP } from '@flotilla/contracts/resources/definition.ts';
import { RESOURCES } from '@flotilla/contracts/resources/catalogue.ts';
import { type Cluster, ClusterError, type KubeObject, KUBERNETES_TYPES, resourcePath, type ResourceType } from '@flotilla/kube/mod.ts';
import { startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { startControllerManager } from '@flotilla/kube/testing/controller-manager.ts';
import { type ProgramOutcome, tryProgram } from '@flotilla/local/processes/run-program.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { portfolio, riskPolicy, strategy } from '@flotilla/operator/testing/objects.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { findBinary } from '@flotilla/runtime/testing/find-binary.ts';
import type { ServerProcess } from '@flotilla/runtime/testing/server-process.ts';
import { CHART_MATRIX } from './testing/chart-matrix.ts';
import { makePeople, type People, type Person } from './testing/people.ts';
import { CHARTS_DIR, renderChart } from './testing/render-chart.ts';

/** The roles hold in `trading`; the editor of `desk-7` has `edit` in another namespace. */
const GRANTS = {
  viewer: { clusterRole: 'view', namespace: 'trading' },
  editor: { clusterRole: 'edit', namespace: 'trading' },
  admin: { clusterRole: 'admin', namespace: 'trading' },
  halter: { clusterRole: 'flotilla-halt' },
  releaser: { clusterRole: 'flotilla-release' },
  neighbour: { clusterRole: 'edit', namespace: 'desk-7' },
} as const;
type Role = keyof typeof GRANTS;
const ROLES = Object.keys(GRANTS) as readonly Role[];

/** By hand. `status` and `finalizers` stay with the operator; no role but that of a cluster administrator may change a KillSwitch. */
const MATRIX = `
                                      viewer editor admin halter releaser neighbour
get              strategies           yes    yes    yes   -      -        -
list             strategies           yes    yes    yes   -      -        -
watch            strategies           yes    yes    yes   -      -        -
create           strategies           -      yes    yes   -      -        -
update           strategies           -      yes    yes   -      -        -
patch            strategies           -      yes    yes   -      -        -
delete           strategies           -      yes    yes   -      -        -
deletecollection strategies           -      yes    yes   -      -        -
patch            strategies/status    -      -      -     -      -        -
update           strategies/status    -      -      -     -      -        -

get              portfolios           yes    yes    yes   -      -        -
list             portfolios           yes    yes    yes   -      -        -
watch            portfolios           yes    yes    yes   -      -        -
create           portfolios           -      yes    yes   -      -        -
update           portfolios           -      yes    yes   -      -        -
patch            portfolios           -      yes    yes   -      -        -
delete           portfolios           -      yes    yes   -      -        -
deletecollection portfolios           -      yes    yes   -      -        -
patch            portfolios/status    -      -      -     -      -        -
update           portfolios/status    -      -      -     -      -        -

get              riskpolicies         yes    yes    yes   -      -        -
list             riskpolicies         yes    yes    yes   -      -        -
watch            riskpolicies         yes    yes    yes   -      -        -
create           riskpolicies         -      yes    yes   -      -        -
update           riskpolicies         -      yes    yes   -      -        -
patch            riskpolicies         -      yes    yes   -      -        -
delete           riskpolicies         -      yes    yes   -      -        -
deletecollection riskpolicies         -      yes    yes   -      -        -
patch            riskpolicies/status  -      -      -     -      -        -
update           riskpolicies/status  -      -      -     -      -        -

get              signalsources        yes    yes    yes   -      -        -
list             signalsources        yes    yes    yes   -      -        -
watch            signalsources        yes    yes    yes   -      -        -
create           signalsources        -      yes    yes   -      -        -
update           signalsources        -      yes    yes   -      -        -
patch            signalsources        -      yes    yes   -      -        -
delete           signalsources        -      yes    yes   -      -        -
deletecollection signalsources        -      yes    yes   -      -        -
patch            signalsources/status -      -      -     -      -        -
update           signalsources/status -      -      -     -      -        -

get              agentroles           yes    yes    yes   -      -        -
list             agentroles           yes    yes    yes   -      -        -
watch            agentroles           yes    yes    yes   -      -        -
create           agentroles           -      -      yes   -      -        -
update           agentroles           -      -      yes   -      -        -
patch            agentroles           -      -      yes   -      -        -
delete           agentroles           -      -      yes   -      -        -
deletecollection agentroles           -      -      yes   -      -        -
patch            agentroles/status    -      -      -     -      -        -
update           agentroles/status    -      -      -     -      -        -

get              killswitches         -      -      -     yes    yes      -
list             killswitches         -      -      -     yes    yes      -
watch            killswitches         -      -      -     yes    yes      -
create           killswitches         -      -      -     yes    -        -
update           killswitches         -      -      -     -      -        -
patch            killswitches         -      -      -     -      -        -
delete           killswitches         -      -      -     -      yes      -
deletecollection killswitches         -      -      -     -      -        -
patch            killswitches/status  -      -      -     -      -        -
update           killswitches/status  -      -      -     -      -        -

get              secrets              -      yes    yes   -      -        -
list             secrets              -      yes    yes   -      -        -
`;

interface Row {
  readonly verb: string;
  readonly plural: string;
  readonly subresource: string | undefined;
  readonly allowed: ReadonlySet<Role>;
}

const ROWS: readonly Row[] = MATRIX.split('\n').flatMap((line) => {
  const [verb = '', resource = '', ...cells] = line.trim().split(/\s+/);
  if (resource === '' || verb === 'viewer') return [];
  assert.equal(cells.length, ROLES.length, `expected a cell for each role: ${line}`);
  for (const cell of cells) assert.match(cell, /^(yes|-)$/);
  const [plural = '', subresource] = resource.split('/');
  return [{ verb, plural, subresource, allowed: new Set(ROLES.filter((_, index) => cells[index] === 'yes')) }];
});

/** Kind and valid spec by plural. */
const OBJECTS: Readonly<Record<string, { readonly type: ResourceType; readonly content: Readonly<Record<string, unknown>> }>> = {
  strategies: { type: KINDS.strategy, content: { spec: strategy.spec } },
  portfolios: { type: KINDS.portfolio, content: { spec: portfolio.spec } },
  riskpolicies: { type: KINDS.riskPolicy, content: { spec: riskPolicy.spec } },
  agentroles: { type: KINDS.agentRole, content: { spec: { publications: 'Quarantine' } } },
  signalsources: {
    type: KINDS.signalSource,
    content: { spec: { scheme: 'Replay', venue: 'v', instruments: ['BTC-USD'], replay: { datasets: ['d'] } } },
  },
  killswitches: { type: KINDS.killSwitch, content: { spec: { scope: { type: 'All' }, reason: 'drill' } } },
  secrets: { type: KUBERNETES_TYPES.secret, content: { stringData: { password: 'p' } } },
};

const folder = mkdtempSync(join(tmpdir(), 'flotilla-people-'));
let server: TestApiServer;
let controllers: ServerProcess;
let admin: Cluster;
let people: People;
let persons: Readonly<Record<Role, Person>>;

before(async () => {
  server = await startTestApiServer();
  admin = server.connect();
  controllers = await startControllerManager(readFileSync(server.kubeconfigPath, 'utf8'), ['clusterrole-aggregation-controller']);
  for (const name of ['trading', 'desk-7']) {
    await admin.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const applied = await kubectl(server.kubeconfigPath, ['apply', '--server-side', '-f', '-'], await renderChart(CHART_MATRIX.kinds));
  assert.equal(applied.code, 0, applied.stderr);
  people = await makePeople(server, admin, folder);
  const added = await Promise.all(ROLES.map(async (role) => [role, await people.add(role, GRANTS[role])] as const));
  persons = Object.fromEntries(added) as Record<Role, Person>;
  for (const { type } of Object.values(OBJECTS)) {
    await eventually(`${type.plural} are served`, async () => (await admin.list(type)).items.length >= 0);
  }
  await eventually('Kubernetes has added our rules to its roles, and the authorizer knows every binding', async () => {
    const known = [
      ['viewer', 'get', 'strategies'],
      ['editor', 'get', 'strategies'],
      ['editor', 'create', 'strategies'],
      ['admin', 'get', 'strategies'],
      ['admin', 'create', 'strategies'],
      ['admin', 'create', 'agentroles'],
      ['admin', 'get', 'secrets'],
      ['halter', 'create', 'killswitches'],
      ['releaser', 'delete', 'killswitches'],
    ] as const;
    const verdicts = await Promise.all(known.map(([role, verb, plural]) => mayDo(role, { verb, plural, subresource: undefined })));
    return verdicts.every(Boolean);
  });
});
after(async () => {
  await people.close();
  await controllers.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('matrix: has a row for each kind of Flotilla, for each verb and for the status', () => {
  const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
  for (const { plural } of RESOURCES) {
    const rows = ROWS.filter((row) => row.plural === plural);
    assert.deepEqual(
      rows
        .filter(({ subresource }) => subresource === undefined)
        .map(({ verb }) => verb)
        .toSorted(),
      verbs,
      plural,
    );
    assert.deepEqual(
      rows
        .filter(({ subresource }) => subresource === 'status')
        .map(({ verb }) => verb)
        .toSorted(),
      ['patch', 'update'],
    );
  }
});

for (const row of ROWS) {
  const resource = row.subresource === undefined ? row.plural : `${row.plural}/${row.subresource}`;
  test(`${row.verb} ${resource}: is allowed to ${[...row.allowed].join(', ') || 'none of these roles'}`, async () => {
    for (const role of ROLES) {
      const expected = row.allowed.has(role);
      assert.equal(await mayDo(role, row), expected, `${role}: the authorizer`);
      const target = await newTarget(row.plural);
      assert.equal(await tryRequest(persons[role].cluster, row, target), expected ? 'done' : 'forbidden', `${role}: the answer`);
      assert.equal(await hasChanged(row, target), expected && isWrite(row.verb), `${role}: the state after the request`);
      await admin.delete(target.type, target.address);
    }
  });
}

test('finalizers: no role may update the subresource', async () => {
  for (const { plural } of RESOURCES) {
    for (const role of ROLES)
      assert.equal(await mayDo(role, { verb: 'update', plural, subresource: 'finalizers' }), false, `${role} ${plural}`);
  }
});

test('editor: applies a fleet with kubectl in the own namespace, and not in another', async () => {
  const fleet = readFileSync(join(CHARTS_DIR, '..', 'examples', '01-first-fill', 'fleet.yaml'), 'utf8');
  for (const how of [['apply'], ['apply', '--server-side', '--force-conflicts']]) {
    const { code, stderr } = await kubectl(persons.editor.kubeconfigPath, [...how, '-f', '-'], fleet);
    assert.equal(code, 0, stderr);
  }
  const elsewhere = await kubectl(
    persons.editor.kubeconfigPath,
    ['apply', '-f', '-'],
    fleet.replaceAll('namespace: trading', 'namespace: desk-7'),
  );
  assert.notEqual(elsewhere.code, 0);
  assert.match(elsewhere.stderr, /forbidden/);
  assert.deepEqual((await admin.list(KINDS.strategy, { namespace: 'desk-7' })).items, []);
  const names = (await admin.list(KINDS.strategy, { namespace: 'trading' })).items.map(({ metadata }) => metadata.name);
  assert.deepEqual(names.toSorted(), ['btc-momentum', 'desk-alerts']);
});

test('editor: a status in a written object is dropped', async () => {
  const target = await newTarget('strategies');
  const unchanged = await statusOf(target);
  await persons.editor.cluster.patch(target.type, target.address, { status: { state: 'RUNNING', observedGeneration: 7 } });
  assert.deepEqual(await statusOf(target), unchanged);
});

test('editor: can remove a finalizer, as SECURITY.md says', async () => {
  const { type, address } = await newTarget('strategies');
  await admin.patch(type, address, { metadata: { finalizers: ['flotilla.dev/bus'] } });
  await admin.delete(type, address);
  assert.ok(await admin.find(type, address), 'the finalizer holds the deletion');
  await persons.editor.cluster.patch(type, address, { metadata: { finalizers: [] } });
  assert.equal(await admin.find(type, address), undefined);
});

test('viewer: asks for a token of flotilla-reader, and of no other ServiceAccount', async () => {
  const namespaces = ['trading', 'desk-7'];
  for (const namespace of namespaces) {
    for (const name of [READER_SERVICE_ACCOUNT, 'main-exec'])
      await admin.create(KUBERNETES_TYPES.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  }
  const ask = (role: Role, name: string, namespace: string): Promise<ProgramOutcome> =>
    kubectl(persons[role].kubeconfigPath, [
      'create',
      'token',
      name,
      `--namespace=${namespace}`,
      `--audience=${BUS_TOKEN_AUDIENCE}`,
      '--duration=10m',
    ]);
  const granted = await ask('viewer', READER_SERVICE_ACCOUNT, 'trading');
  assert.equal(granted.code, 0, granted.stderr);
  const claims = claimsOf(granted.stdout.trim());
  assert.equal(claims.sub, `system:serviceaccount:trading:${READER_SERVICE_ACCOUNT}`);
  assert.deepEqual(claims.aud, [BUS_TOKEN_AUDIENCE]);
  assert.equal(claims.exp - claims.iat, 600);
  const refusals = [
    ['viewer', 'main-exec', 'trading'],
    ['viewer', READER_SERVICE_ACCOUNT, 'desk-7'],
    ['neighbour', READER_SERVICE_ACCOUNT, 'trading'],
    ['halter', READER_SERVICE_ACCOUNT, 'trading'],
    ['releaser', READER_SERVICE_ACCOUNT, 'trading'],
  ] as const;
  for (const [role, name, namespace] of refusals) {
    const { code, stdout, stderr } = await ask(role, name, namespace);
    assert.notEqual(code, 0, `${role}: ${namespace}/${name}`);
    assert.equal(stdout, '');
    assert.match(stderr, /cannot create resource "serviceaccounts\/token"/);
  }
});

test('editor: asks for a token of every ServiceAccount of the namespace, as SECURITY.md says', async () => {
  const { code, stderr } = await kubectl(persons.editor.kubeconfigPath, [
    'create',
    'token',
    'main-exec',
    '--namespace=trading',
    `--audience=${BUS_TOKEN_AUDIENCE}`,
  ]);
  assert.equal(code, 0, stderr);
});

test('namespace admin: cannot hand out the right to halt', async () => {
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'own-halt', namespace: 'trading' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'flotilla-halt' },
    subjects: [{ kind: 'ServiceAccount', name: 'viewer', namespace: 'people' }],
  };
  await assert.rejects(
    persons.admin.cluster.create(KUBERNETES_TYPES.roleBinding, binding),
    /attempting to grant RBAC permissions not currently held/,
  );
  // Also a RoleBinding that a platform team makes by mistake grants nothing, because a KillSwitch is outside of every namespace.
  await admin.create(KUBERNETES_TYPES.roleBinding, binding);
  const inNamespace = { verb: 'create', plural: 'killswitches', subresource: undefined };
  await eventually('the authorizer knows the binding', () => mayDo('viewer', inNamespace, 'trading'));
  assert.equal(await mayDo('viewer', inNamespace), false);
  assert.equal(await tryRequest(persons.viewer.cluster, inNamespace, await newTarget('killswitches')), 'forbidden');
});

test('halter: halts with the command line, and another person releases', async () => {
  const halted = await flotilla(persons.halter, [
    'halt',
    '--portfolio',
    'trading/main',
    '--reason',
    'drill',
    '--name',
    'drill',
    '--timeout',
    '1',
  ]);
  // No operator runs here, so the halt is in force and not confirmed.
  assert.equal(halted.code, 3, halted.stderr);
  const refused = await flotilla(persons.halter, ['release', 'drill', '--yes', '--timeout', '5']);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /forbidden/);
  assert.ok(await admin.find(KINDS.killSwitch, { name: 'drill' }), 'the halt stays in force');
  const released = await flotilla(persons.releaser, ['release', 'drill', '--yes', '--timeout', '5']);
  assert.equal(released.code, 0, released.stderr);
  assert.equal(await admin.find(KINDS.killSwitch, { name: 'drill' }), undefined);
});

function claimsOf(token: string): { readonly sub: string; readonly aud: readonly string[]; readonly exp: number; readonly iat: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as ReturnType<typeof claimsOf>;
}

interface Target {
  readonly type: ResourceType;
  readonly address: { readonly name: string; readonly namespace?: string };
  readonly content: Readonly<Record<string, unknown>>;
}

let targets = 0;
/** A fresh object, with its own name as a label. */
async function newTarget(plural: string): Promise<Target> {
  const known = OBJECTS[plural];
  assert.ok(known, `no object for ${plural}`);
  const { type, content } = known;
  const address = { name: `target-${(targets += 1)}`, ...(type.namespaced ? { namespace: 'trading' } : {}) };
  await admin.create(type, manifestOf({ type, address, content }, address.name));
  return { type, address, content };
}

function manifestOf({ type: { apiVersion, kind }, address, content }: Target, name: string) {
  return { apiVersion, kind, metadata: { ...address, name, labels: { target: address.name } }, ...content };
}

/** Name of the object that `create` makes. */
const createdName = ({ address }: Target): string => `${address.name}-new`;

async function tryRequest(
  cluster: Cluster,
  row: Pick<Row, 'verb' | 'plural' | 'subresource'>,
  target: Target,
): Promise<'done' | 'forbidden'> {
  try {
    await sendRequest(cluster, row, target);
    return 'done';
  } catch (error) {
    if (error instanceof ClusterError && error.statusCode === 403) return 'forbidden';
    throw error;
  }
}

async function sendRequest(cluster: Cluster, { verb, subresource }: Pick<Row, 'verb' | 'subresource'>, target: Target): Promise<void> {
  const { type, address } = target;
  const { name, ...namespace } = address;
  const change = subresource === 'status' ? { status: { observedGeneration: 7 } } : { metadata: { annotations: { changed: 'yes' } } };
  switch (verb) {
    case 'get':
      assert.equal((await cluster.get(type, address)).metadata.name, name);
      return;
    case 'list':
      assert.ok((await cluster.list(type, namespace)).items.some(({ metadata }) => metadata.name === name));
      return;
    case 'watch': {
      const ending = new AbortController();
      await cluster.watch(type, { ...namespace, resourceVersion: '0', timeoutSeconds: 60, signal: ending.signal });
      ending.abort();
      return;
    }
    case 'create':
      await cluster.create(type, manifestOf(target, createdName(target)));
      return;
    case 'patch':
      await cluster.patch(type, address, change, subresource === undefined ? {} : { subresource });
      return;
    case 'update': {
      const current = await admin.get<KubeObject>(type, address);
      const body = { ...current, ...change, metadata: { ...current.metadata, ...change.metadata } };
      await cluster.raw({ method: 'PUT', path: resourcePath(type, { ...address, subresource }), body });
      return;
    }
    case 'delete':
      await cluster.delete(type, address);
      return;
    case 'deletecollection':
      await cluster.raw({ method: 'DELETE', path: resourcePath(type, namespace), query: { labelSelector: `target=${name}` } });
      return;
    default:
      assert.fail(`no such verb: ${verb}`);
  }
}

const isWrite = (verb: string): boolean => !['get', 'list', 'watch'].includes(verb);

/** Whether a request changed anything of the target, or made the object that `create` asks for. Removes that object. */
async function hasChanged({ verb }: Row, target: Target): Promise<boolean> {
  const { type, address } = target;
  if (verb === 'create') return admin.delete(type, { ...address, name: createdName(target) });
  const current = await admin.find<KubeObject & { readonly status?: { readonly observedGeneration?: number } }>(type, address);
  return current === undefined || current.metadata.annotations?.['changed'] !== undefined || current.status?.observedGeneration === 7;
}

async function statusOf({ type, address }: Target): Promise<unknown> {
  return (await admin.get<KubeObject & { readonly status?: unknown }>(type, address)).status;
}

/** Asks the authorizer; `inNamespace` also for a kind that is outside of every namespace. */
async function mayDo(
  role: Role,
  { verb, plural, subresource }: Pick<Row, 'verb' | 'plural' | 'subresource'>,
  inNamespace?: string,
): Promise<boolean> {
  const type = OBJECTS[plural]?.type;
  const namespace = inNamespace ?? (type?.namespaced === true ? 'trading' : undefined);
  const group = plural === 'secrets' ? '' : API_GROUP;
  const review = await admin.raw({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: persons[role].user, resourceAttributes: { verb, group, resource: plural, subresource, namespace } },
    },
  });
  return (review as { readonly status: { readonly allowed: boolean } }).status.allowed;
}

function kubectl(kubeconfigPath: string, args: readonly string[], input = ''): Promise<ProgramOutcome> {
  return tryProgram([findBinary('kubectl'), '--kubeconfig', kubeconfigPath, '--cache-dir', folder, ...args], { input });
}

function flotilla({ kubeconfigPath }: Person, args: readonly string[]): Promise<ProgramOutcome> {
  const command = join(CHARTS_DIR, '..', 'cli', 'bin', 'flotilla.js');
  const env = { PATH: process.env['PATH'], KUBECONFIG: kubeconfigPath, FLOTILLA_KUBECTL: findBinary('kubectl'), HOME: folder };
  return tryProgram([process.execPath, command, ...args], { input: '', env });
}
