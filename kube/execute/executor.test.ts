/** The requests that the executor sends for each kind of intent. The test stands in for the ports: cluster and caches. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import { makeControlMetrics } from '../controller/metrics.ts';
import { type KubeManifest, type KubeObject, objectKey } from '../objects/kube-object.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { makeMetricRecorder } from '../testing/metric-recorder.ts';
import { ClusterError } from '../transport/cluster-error.ts';
import type { ObjectChange } from '../watch/object-cache.ts';
import type { Reflector } from '../watch/reflector.ts';
import { makeExecutor } from './executor.ts';
import type { EventIntent, Intent } from './intent.ts';

const { configMap, secret } = KUBERNETES_TYPES;
const ADDRESS = { name: 'a', namespace: 'n' };
const MANIFEST: KubeManifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: ADDRESS, data: { x: '1' } };
const refuse = (statusCode: number, reason: string, message = reason) => new ClusterError(message, { statusCode, status: { reason } });

function makeWorld(options: { readonly hashAnnotation?: string; readonly isCached?: boolean; readonly foreignFields?: string[][] } = {}) {
  const objects = new Map<string, KubeObject>();
  const listeners: ((change: ObjectChange) => void)[] = [];
  const cache = {
    type: configMap,
    get: (key: string) => objects.get(key),
    note(object: KubeObject) {
      const view = { ...object, metadata: { ...object.metadata, foreignFields: options.foreignFields?.shift() ?? [] } };
      objects.set(objectKey(object.metadata), view);
      return view;
    },
    onChange(listener: (change: ObjectChange) => void) {
      listeners.push(listener);
      return () => undefined;
    },
  } as Partial<Reflector> as Reflector;
  const calls: { readonly verb: string; readonly sent: unknown; readonly options: unknown }[] = [];
  const failures: unknown[] = [];
  let live: KubeObject | undefined;
  let isThere = true;
  const answer = (verb: string, sent: unknown, given: unknown): Promise<KubeObject> => {
    calls.push({ verb, sent, options: given });
    const failure = failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    const metadata = { ...ADDRESS, uid: 'u1', resourceVersion: String(calls.length) };
    return Promise.resolve({ ...(sent as KubeObject), metadata: { ...(sent as KubeObject).metadata, ...metadata } });
  };
  const cluster = {
    apply: (_type, manifest, given) => answer('apply', manifest, given),
    applyStatus: (_type, manifest, given) => answer('status', manifest, given),
    create: (_type, manifest, given) => answer('create', manifest, given),
    find: () => Promise.resolve(live),
    raw: (request) => answer('raw', request, undefined),
    delete(_type, _address, given) {
      calls.push({ verb: 'delete', sent: undefined, options: given });
      return Promise.resolve(isThere);
    },
  } as Partial<Cluster> as Cluster;
  const events: unknown[] = [];
  const recorder = makeMetricRecorder();
  const executor = makeExecutor({
    cluster,
    fieldManager: 'fm',
    reflectors: options.isCached === false ? [] : [cache],
    recorder: { record: (event) => events.push(event) },
    controller: 'c',
    metrics: makeControlMetrics(recorder),
    ...(options.hashAnnotation === undefined ? {} : { hashAnnotation: options.hashAnnotation }),
  });
  return {
    executor,
    run: (...intents: readonly Intent[]) => executor.execute(intents),
    calls,
    verbs: () => calls.map(({ verb }) => verb),
    failures,
    events,
    objects,
    writes: (verb: string, outcome: string) => recorder.value(`control_writes_total{controller="c",verb="${verb}",outcome="${outcome}"}`),
    findsLive: (object: KubeObject | undefined) => (live = object),
    isGone: () => (isThere = false),
    tell: (change: Partial<ObjectChange>) => listeners.forEach((listener) => listener(change as ObjectChange)),
  };
}

const APPLY: Intent = { type: 'apply', resource: configMap, manifest: MANIFEST };
const seen = (overrides: Partial<KubeObject['metadata']> = {}): KubeObject => ({ metadata: { ...ADDRESS, uid: 'u1', ...overrides } });

test('apply: is forced by default, and skipped when it was made before and nothing has changed', async () => {
  const world = makeWorld();
  assert.deepEqual(await world.run(APPLY, APPLY), { written: 1, skipped: 1 });
  assert.deepEqual(world.calls[0]?.options, { fieldManager: 'fm', force: true, signal: undefined });
  assert.deepEqual([world.writes('apply', 'written'), world.writes('apply', 'skipped')], [1, 1]);
});

test('apply: is made again without a cache, after the object was deleted, and by another field manager', async () => {
  assert.deepEqual(await makeWorld({ isCached: false }).run(APPLY, APPLY), { written: 2, skipped: 0 });
  const world = makeWorld();
  await world.run(APPLY);
  world.tell({ type: 'modified', object: seen() });
  assert.deepEqual(await world.run(APPLY), { written: 0, skipped: 1 });
  world.tell({ type: 'deleted', object: seen() });
  assert.deepEqual(await world.run(APPLY), { written: 1, skipped: 0 });
  assert.deepEqual(await world.run({ ...APPLY, fieldManager: 'other' }), { written: 1, skipped: 0 });
});

for (const { reason, whole, foreignFields, isThere = true, want } of [
  { reason: 'others have added fields and the apply is whole', whole: true, foreignFields: [['f:spec']], want: ['apply', 'raw', 'apply'] },
  { reason: 'others have added fields and the apply is not whole', whole: false, foreignFields: [['f:spec']], want: ['apply'] },
  { reason: 'no other has added fields', whole: true, foreignFields: [[]], want: ['apply'] },
  { reason: 'the object is gone by then', whole: true, foreignFields: [['f:spec']], isThere: false, want: ['apply'] },
]) {
  test(`apply: asks for ${want.join(', ')}, when ${reason}`, async () => {
    const world = makeWorld({ foreignFields });
    if (isThere) world.findsLive(seen({ resourceVersion: '9' }));
    assert.deepEqual(await world.run({ ...APPLY, whole }), { written: 1, skipped: 0 });
    assert.deepEqual(world.verbs(), want);
  });
}

test('apply: is made again, when it is whole and others have added fields since', async () => {
  const world = makeWorld();
  world.findsLive(seen({ resourceVersion: '9' }));
  await world.run({ ...APPLY, whole: true });
  const [key, held] = [...world.objects][0] ?? assert.fail('expected an object in the cache');
  world.objects.set(key, { ...held, metadata: { ...held.metadata, foreignFields: ['f:spec'] } });
  assert.deepEqual(await world.run(APPLY), { written: 0, skipped: 1 });
  assert.deepEqual(await world.run({ ...APPLY, whole: true }), { written: 1, skipped: 0 });
});

test('apply: sends the manifest as it is, when no annotation is to carry its hash', async () => {
  const world = makeWorld();
  await world.run(APPLY);
  assert.deepEqual(world.calls[0]?.sent, MANIFEST);
});

test('apply: carries its hash in the annotation, by its own field manager alone', async () => {
  const world = makeWorld({ hashAnnotation: 'h' });
  const kept = { ...MANIFEST, metadata: { ...ADDRESS, annotations: { mine: '1' } } };
  await world.run({ ...APPLY, manifest: kept }, { ...APPLY, fieldManager: 'other' });
  const annotations = world.calls.map(({ sent }) => Object.keys((sent as KubeObject).metadata.annotations ?? {}));
  assert.deepEqual(annotations, [['mine', 'h'], []]);
});

for (const { reason, held = true, force = true, error, wantReplaced } of [
  { reason: 'the edited object makes it Invalid', error: refuse(422, 'Invalid'), wantReplaced: true },
  { reason: 'no object is known', held: false, error: refuse(422, 'Invalid'), wantReplaced: false },
  { reason: 'it is not forced', force: false, error: refuse(422, 'Invalid'), wantReplaced: false },
  { reason: 'another writer was there', error: refuse(409, 'Conflict'), wantReplaced: false },
  { reason: 'another object has the name', error: refuse(409, 'Conflict', 'uid mismatch'), wantReplaced: false },
]) {
  test(`apply: ${wantReplaced ? 'replaces the content first' : 'gives the error on'}, when ${reason}`, async () => {
    const world = makeWorld();
    if (held) world.objects.set('n/a', seen());
    world.findsLive(seen({ resourceVersion: '9' }));
    world.failures.push(error);
    const run = world.run({ ...APPLY, force });
    if (wantReplaced) assert.deepEqual(await run, { written: 1, skipped: 0 });
    else await assert.rejects(run, error);
    assert.deepEqual(world.verbs(), wantReplaced ? ['apply', 'raw', 'apply'] : ['apply']);
    assert.equal(world.writes('apply', 'failed'), wantReplaced ? 0 : 1);
  });
}

test('apply: gives the first error on, when the object is gone before its content can be replaced', async () => {
  const world = makeWorld();
  world.objects.set('n/a', seen());
  world.findsLive(undefined);
  const error = refuse(422, 'Invalid');
  world.failures.push(error);
  await assert.rejects(world.run(APPLY), error);
});

test('status: writes name, namespace and uid with the status, by a manager of its own, and skips what is equal', async () => {
  const world = makeWorld();
  const status: Intent = { type: 'status', resource: configMap, object: seen(), status: { ready: true } };
  assert.deepEqual(await world.run(status), { written: 1, skipped: 0 });
  assert.deepEqual(world.calls[0]?.sent, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...ADDRESS, uid: 'u1' },
    status: { ready: true },
  });
  assert.deepEqual(world.calls[0]?.options, { fieldManager: 'fm-status', force: true, signal: undefined });
  assert.deepEqual(await world.run(status), { written: 0, skipped: 1 });
  assert.deepEqual(await world.run({ ...status, status: { ready: false } }), { written: 1, skipped: 0 });
  const clusterScoped = makeWorld();
  await clusterScoped.run({ ...status, object: { metadata: { name: 'a' } } });
  const sent = clusterScoped.calls[0]?.sent as KubeObject | undefined;
  assert.deepEqual(sent?.metadata, { name: 'a' });
});

test('status, create: an object that is gone or there already is skipped, every other refusal is given on', async () => {
  const status: Intent = { type: 'status', resource: configMap, object: seen(), status: { ready: true } };
  const create: Intent = { type: 'create', resource: secret, manifest: MANIFEST };
  for (const [intent, error] of [
    [status, refuse(404, 'NotFound')],
    [status, refuse(409, 'Conflict', 'uid mismatch')],
    [create, refuse(409, 'AlreadyExists')],
  ] as const) {
    const world = makeWorld();
    world.failures.push(error);
    assert.deepEqual(await world.run(intent), { written: 0, skipped: 1 });
  }
  for (const intent of [status, create]) {
    const world = makeWorld();
    const error = refuse(403, 'Forbidden');
    world.failures.push(error);
    await assert.rejects(world.run(intent, APPLY), error);
    assert.equal(world.calls.length, 1, 'the intents after the failure wait for the next try');
  }
});

test('create: asks the server only when no cache has the object', async () => {
  const world = makeWorld();
  const create: Intent = { type: 'create', resource: configMap, manifest: MANIFEST };
  assert.deepEqual(await world.run(create, create), { written: 1, skipped: 1 });
  assert.deepEqual(world.calls[0]?.options, { fieldManager: 'fm', signal: undefined });
});

for (const { reason, now, propagation, want } of [
  { reason: 'the object is as it was seen', now: seen({ resourceVersion: '5' }), propagation: undefined, want: 'Background' },
  { reason: 'the plan says how', now: seen({ resourceVersion: '5' }), propagation: 'Foreground' as const, want: 'Foreground' },
  { reason: 'the object is gone', now: undefined, propagation: undefined, want: undefined },
  { reason: 'another object has its name', now: seen({ uid: 'u2' }), propagation: undefined, want: undefined },
  { reason: 'it is being deleted', now: seen({ deletionTimestamp: '2026-01-01T00:00:00Z' }), propagation: undefined, want: undefined },
]) {
  test(`delete: ${want === undefined ? 'is skipped' : `asks for ${want} with uid and resource version`}, when ${reason}`, async () => {
    const world = makeWorld();
    world.findsLive(now);
    const outcome = await world.run({
      type: 'delete',
      resource: configMap,
      object: seen(),
      ...(propagation === undefined ? {} : { propagation }),
    });
    assert.deepEqual(outcome, want === undefined ? { written: 0, skipped: 1 } : { written: 1, skipped: 0 });
    const sent = { preconditions: { uid: 'u1', resourceVersion: '5' }, propagation: want, signal: undefined };
    assert.deepEqual(
      world.calls.map(({ options }) => options),
      want === undefined ? [] : [sent],
    );
  });
}

test('delete: names the uid alone, when the object has no resource version', async () => {
  const world = makeWorld();
  world.findsLive(seen());
  await world.run({ type: 'delete', resource: configMap, object: seen() });
  assert.deepEqual(world.calls[0]?.options, { preconditions: { uid: 'u1' }, propagation: 'Background', signal: undefined });
});

test('delete: is skipped, when the object went away after the look', async () => {
  const world = makeWorld();
  world.findsLive(seen({ resourceVersion: '5' }));
  world.isGone();
  assert.deepEqual(await world.run({ type: 'delete', resource: configMap, object: seen() }), { written: 0, skipped: 1 });
});

test('event: goes to the recorder', async () => {
  const world = makeWorld();
  const event: EventIntent = {
    type: 'event',
    resource: configMap,
    regarding: seen(),
    severity: 'Normal',
    reason: 'R',
    action: 'A',
    note: 'n',
  };
  assert.deepEqual(await world.run(event), { written: 1, skipped: 0 });
  assert.deepEqual(world.events, [event]);
});

test('execute: an assertion refuses an intent that would address a whole collection, or delete an object of unknown identity', async () => {
  const nameless = { metadata: { name: '', uid: 'u1' } };
  for (const intent of [
    { ...APPLY, manifest: { ...MANIFEST, metadata: { name: '' } } },
    { type: 'create', resource: configMap, manifest: { ...MANIFEST, metadata: { name: '' } } },
    { type: 'status', resource: configMap, object: nameless, status: {} },
    { type: 'delete', resource: configMap, object: nameless },
    { type: 'delete', resource: configMap, object: { metadata: ADDRESS } },
  ] as const) {
    const world = makeWorld();
    await assert.rejects(world.run(intent), { name: 'AssertionError' });
    assert.deepEqual(world.calls, []);
  }
});
