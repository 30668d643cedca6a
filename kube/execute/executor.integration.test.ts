import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { isConflict, isInvalid } from '../transport/cluster-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { silentLogger } from '../ports/logger.ts';
import { type Reflector, startReflector } from '../watch/reflector.ts';
import { KUBERNETES_TYPES, resourcePath } from '../objects/resource-type.ts';
import { startTestApiServer, type TestApiServer } from '../testing/api-server.ts';
import { makeEventRecorder } from './event-recorder.ts';
import { type Executor, makeExecutor } from './executor.ts';
import { type ApplyIntent, type CreateIntent, finalizerIntent } from './intent.ts';
import { makeControlMetrics } from '../controller/metrics.ts';
import { makeMetricRecorder, type MetricRecorder } from '../testing/metric-recorder.ts';

const { configMap, deployment, event, namespace, secret } = KUBERNETES_TYPES;
interface RecordedEvent extends KubeObject {
  readonly regarding: { readonly uid?: string };
  readonly reportingController: string;
  readonly reason: string;
  readonly type: string;
  readonly note: string;
}

const HASH = 'example.dev/applied-hash';

const podTemplate = {
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '1000m' } } }] },
};

describe('makeExecutor on a real API server', () => {
  let server: TestApiServer;
  let cluster: Cluster;
  let space = '';
  let spaces = 0;
  before(async () => {
    server = await startTestApiServer();
    cluster = server.connect();
  });
  after(() => server.stop());
  beforeEach(async () => {
    spaces += 1;
    space = `space-${spaces}`;
    await cluster.create(namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } });
  });

  interface World {
    readonly executor: Executor;
    readonly recorder: MetricRecorder;
    readonly deployments: Reflector;
    readonly configMaps: Reflector;
  }

  /** A process of its own: caches, memory, metrics. */
  async function withWorld(run: (world: World) => Promise<void>): Promise<void> {
    const base = { cluster, scope: { namespace: space }, clock: systemClock, rng: systemRng, logger: silentLogger };
    const deployments = startReflector({ ...base, type: deployment, isOwnManager: (name) => name === 'kernel' });
    const configMaps = startReflector({ ...base, type: configMap });
    await Promise.all([deployments.synced, configMaps.synced]);
    const recorder = makeMetricRecorder();
    const executor = makeExecutor({
      cluster,
      fieldManager: 'kernel',
      reflectors: [deployments, configMaps],
      recorder: makeEventRecorder({
        cluster,
        controller: 'example.dev/kernel',
        instance: 'pod-1',
        clock: systemClock,
        logger: silentLogger,
      }),
      controller: 'kernel',
      metrics: makeControlMetrics(recorder),
      hashAnnotation: HASH,
    });
    try {
      await run({ executor, recorder, deployments, configMaps });
    } finally {
      await Promise.all([deployments.stop(), configMaps.stop()]);
    }
  }

  const applyWeb = (replicas: number): ApplyIntent => ({
    type: 'apply',
    resource: deployment,
    manifest: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: space },
      spec: { replicas, selector: { matchLabels: { app: 'x' } }, template: podTemplate },
    },
  });
  const readWeb = () => cluster.get<KubeObject & { spec: { replicas: number } }>(deployment, { namespace: space, name: 'web' });
  const web = () => ({ namespace: space, name: 'web' });

  test('apply: writes once, though the server normalises what it stores and writes status', () =>
    withWorld(async ({ executor, deployments, recorder }) => {
      assert.deepEqual(await executor.execute([applyWeb(1)]), { written: 1, skipped: 0 });
      assert.deepEqual(await executor.execute([applyWeb(1)]), { written: 0, skipped: 1 });
      const { resourceVersion } = await cluster
        .patch(deployment, web(), { status: { replicas: 1 } }, { subresource: 'status' })
        .then(({ metadata }) => metadata);
      await eventually('the status', () => deployments.get(`${space}/web`)?.metadata.resourceVersion === resourceVersion);
      assert.deepEqual(await executor.execute([applyWeb(1)]), { written: 0, skipped: 1 });
      assert.equal(recorder.value('control_writes_total{controller="kernel",verb="apply",outcome="skipped"}'), 2);
    }));

  test('apply: writes again, when the plan changed, when somebody edited or deleted the object', () =>
    withWorld(async ({ executor, deployments }) => {
      const key = `${space}/web`;
      await executor.execute([applyWeb(1)]);
      assert.equal((await executor.execute([applyWeb(2)])).written, 1);
      const edited = await cluster.patch(deployment, web(), { spec: { replicas: 9 } });
      await eventually('the edit', () => deployments.get(key)?.metadata.resourceVersion === edited.metadata.resourceVersion);
      assert.equal((await executor.execute([applyWeb(2)])).written, 1);
      assert.equal((await readWeb()).spec.replicas, 2);
      await cluster.delete(deployment, web());
      await eventually('the delete', () => deployments.get(key) === undefined);
      assert.equal((await executor.execute([applyWeb(2)])).written, 1);
    }));

  test('apply: a restarted process writes nothing again that is as it should be', async () => {
    const settings: ApplyIntent = {
      type: 'apply',
      resource: configMap,
      manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: space }, data: { a: '1' } },
    };
    await withWorld(async ({ executor }) => void (await executor.execute([settings])));
    await withWorld(async ({ executor }) => assert.deepEqual(await executor.execute([settings]), { written: 0, skipped: 1 }));
    await cluster.patch(configMap, { namespace: space, name: 'settings' }, { data: { a: '2' } });
    await withWorld(async ({ executor }) => assert.deepEqual(await executor.execute([settings]), { written: 1, skipped: 0 }));
  });

  test('apply: writes once, though its cache holds metadata alone; again, when the spec was edited', async () => {
    const base = { cluster, clock: systemClock, rng: systemRng, logger: silentLogger };
    const slim = startReflector({ ...base, type: deployment, scope: { namespace: space, metadataOnly: true } });
    const elsewhere = startReflector({ ...base, type: deployment, scope: { namespace: 'default' } });
    await Promise.all([slim.synced, elsewhere.synced]);
    try {
      const executor = makeExecutor({
        cluster,
        fieldManager: 'kernel',
        reflectors: [elsewhere, slim],
        recorder: { record: () => undefined },
        controller: 'kernel',
        metrics: makeControlMetrics(makeMetricRecorder()),
      });
      const key = `${space}/web`;
      await executor.execute([applyWeb(1)]);
      assert.deepEqual(Object.keys(slim.get(key) ?? {}).toSorted(), ['apiVersion', 'kind', 'metadata']);
      assert.equal(elsewhere.get(key), undefined);
      assert.equal((await executor.execute([applyWeb(1)])).skipped, 1);
      const touched = await cluster.patch(deployment, web(), { metadata: { labels: { seen: 'by-another' } } });
      await eventually('the touch', () => slim.get(key)?.metadata.resourceVersion === touched.metadata.resourceVersion);
      assert.equal((await executor.execute([applyWeb(1)])).skipped, 1);
      const edited = await cluster.patch(deployment, web(), { spec: { replicas: 9 } });
      await eventually('the edit', () => slim.get(key)?.metadata.resourceVersion === edited.metadata.resourceVersion);
      assert.equal((await executor.execute([applyWeb(1)])).written, 1);
      assert.equal((await readWeb()).spec.replicas, 1);
    } finally {
      await Promise.all([slim.stop(), elsewhere.stop()]);
    }
  });

  test('apply: shows the next reconcile what it wrote, before the watch does', () =>
    withWorld(async ({ executor, deployments }) => {
      await executor.execute([applyWeb(3)]);
      assert.equal((deployments.get(`${space}/web`) as KubeObject & { spec: { replicas: number } }).spec.replicas, 3);
    }));

  test('apply: brings an object back, when an edit makes it invalid together with our fields', () =>
    withWorld(async ({ executor, deployments }) => {
      const key = `${space}/web`;
      const container = { ...podTemplate.spec.containers[0], ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }] };
      const template = { ...podTemplate, spec: { containers: [container] } };
      const { manifest } = applyWeb(1);
      const spec = { ...(manifest['spec'] as object), template };
      const wanted: ApplyIntent = { ...applyWeb(1), manifest: { ...manifest, spec } };
      await executor.execute([wanted]);
      const before = await cluster.get<KubeObject & { readonly spec: unknown }>(deployment, web());
      for (const port of [
        { name: 'http', containerPort: 81 },
        { name: 'http', containerPort: 80, protocol: 'UDP' },
      ]) {
        const change = { template: { spec: { containers: [{ ...container, ports: [port] }] } } };
        const edited = await cluster.patch(deployment, web(), { spec: change });
        await eventually('the edit', () => deployments.get(key)?.metadata.resourceVersion === edited.metadata.resourceVersion);
        assert.equal((await executor.execute([wanted])).written, 1);
        assert.deepEqual((await cluster.get<KubeObject & { readonly spec: unknown }>(deployment, web())).spec, before.spec);
      }
    }));

  const added: readonly { readonly what: string; readonly spec: object }[] = [
    { what: 'a container', spec: { containers: [{ name: 'miner', image: 'miner' }] } },
    {
      what: 'a variable',
      spec: { containers: [{ name: podTemplate.spec.containers[0]!.name, env: [{ name: 'NODE_OPTIONS', value: '-r x' }] }] },
    },
    { what: 'a volume', spec: { volumes: [{ name: 'host', hostPath: { path: '/' } }] } },
    { what: 'an init container', spec: { initContainers: [{ name: 'first', image: 'x' }] } },
    { what: 'the network of the node', spec: { hostNetwork: true } },
  ];
  const adders: readonly { readonly how: string; readonly add: (spec: object) => Promise<KubeObject> }[] = [
    {
      how: 'by kubectl patch',
      add: (spec) =>
        cluster.raw({
          method: 'PATCH',
          path: resourcePath(deployment, web()),
          query: { fieldManager: 'kubectl-patch' },
          contentType: 'application/strategic-merge-patch+json',
          body: { spec: { template: { spec } } },
        }) as Promise<KubeObject>,
    },
    {
      how: 'by server-side apply',
      add: (spec) =>
        cluster.apply(
          deployment,
          { apiVersion: 'apps/v1', kind: 'Deployment', metadata: web(), spec: { template: { spec } } },
          { fieldManager: 'somebody', force: true },
        ),
    },
  ];
  for (const { what, spec } of added) {
    for (const { how, add } of adders) {
      test(`apply whole: removes ${what} that somebody adds ${how}, and then writes no more`, () =>
        withWorld(async ({ executor, deployments }) => {
          const whole: ApplyIntent = { ...applyWeb(1), whole: true };
          await executor.execute([whole]);
          const before = await cluster.get<KubeObject & { readonly spec: unknown }>(deployment, web());
          const edited = await add(spec);
          await eventually(
            'the addition',
            () => deployments.get(`${space}/web`)?.metadata.resourceVersion === edited.metadata.resourceVersion,
          );
          assert.equal((await executor.execute([whole])).written, 1);
          assert.deepEqual((await cluster.get<KubeObject & { readonly spec: unknown }>(deployment, web())).spec, before.spec);
          assert.deepEqual(await executor.execute([whole]), { written: 0, skipped: 1 });
        }));
    }
  }

  test('apply whole: removes an addition that was made while no process ran', async () => {
    const whole: ApplyIntent = { ...applyWeb(1), whole: true };
    await withWorld(async ({ executor }) => void (await executor.execute([whole])));
    await adders[0]!.add({ hostNetwork: true });
    await withWorld(async ({ executor }) => assert.equal((await executor.execute([whole])).written, 1));
    const { spec } = await cluster.get<KubeObject & { readonly spec: unknown }>(deployment, web());
    assert.ok(!JSON.stringify(spec).includes('hostNetwork'));
  });

  test('apply whole: leaves labels of others, and a restart that a person asked for', () =>
    withWorld(async ({ executor, deployments }) => {
      const whole: ApplyIntent = { ...applyWeb(1), whole: true };
      await executor.execute([whole]);
      const restart = { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-29T00:00:00Z' } } };
      const edited = await cluster.patch(deployment, web(), { metadata: { labels: { team: 'desk' } }, spec: { template: restart } });
      await eventually('the restart', () => deployments.get(`${space}/web`)?.metadata.resourceVersion === edited.metadata.resourceVersion);
      assert.deepEqual(await executor.execute([whole]), { written: 0, skipped: 1 });
    }));

  test('execute: stops at the first failure and throws it; carried out again it does the rest', () =>
    withWorld(async ({ executor, recorder }) => {
      const { manifest } = applyWeb(1);
      const invalid: ApplyIntent = { ...applyWeb(1), manifest: { ...manifest, spec: { replicas: -1, template: podTemplate } } };
      await assert.rejects(executor.execute([invalid, applyWeb(1)]), isInvalid);
      assert.equal(await cluster.find(deployment, web()), undefined);
      assert.equal(recorder.value('control_writes_total{controller="kernel",verb="apply",outcome="failed"}'), 1);
      assert.equal((await executor.execute([applyWeb(1)])).written, 1);
    }));

  test('status: writes what changed, never to a namesake, and nothing when the object is gone', () =>
    withWorld(async ({ executor }) => {
      await executor.execute([applyWeb(1)]);
      const object = await readWeb();
      const status = { observedGeneration: 1, replicas: 1 };
      assert.equal((await executor.execute([{ type: 'status', resource: deployment, object, status }])).written, 1);
      assert.equal((await executor.execute([{ type: 'status', resource: deployment, object, status }])).skipped, 1);
      const namesake = { ...object, metadata: { ...object.metadata, uid: 'b5e6d2f0-0000-4000-8000-000000000000' } };
      assert.equal(
        (await executor.execute([{ type: 'status', resource: deployment, object: namesake, status: { replicas: 2 } }])).skipped,
        1,
      );
      await cluster.delete(deployment, web());
      assert.equal((await executor.execute([{ type: 'status', resource: deployment, object, status: { replicas: 2 } }])).skipped, 1);
    }));

  test('create: never touches what is there', () =>
    withWorld(async ({ executor }) => {
      const create = (key: string): CreateIntent => ({
        type: 'create',
        resource: secret,
        manifest: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace: space }, stringData: { key } },
      });
      assert.equal((await executor.execute([create('first')])).written, 1);
      assert.equal((await executor.execute([create('second')])).skipped, 1);
      const stored = await cluster.get<KubeObject & { data: { key: string } }>(secret, { namespace: space, name: 'key' });
      assert.equal(Buffer.from(stored.data.key, 'base64').toString(), 'first');
    }));

  test('delete: deletes what the plan saw, not a namesake that came after it', () =>
    withWorld(async ({ executor, deployments }) => {
      await executor.execute([applyWeb(1)]);
      const seen = await readWeb();
      await cluster.delete(deployment, web());
      await eventually('the delete', () => deployments.get(`${space}/web`) === undefined);
      await executor.execute([applyWeb(1)]);
      assert.equal((await executor.execute([{ type: 'delete', resource: deployment, object: seen }])).skipped, 1);
      assert.equal((await executor.execute([{ type: 'delete', resource: deployment, object: await readWeb() }])).written, 1);
      assert.equal(await cluster.find(deployment, web()), undefined);
    }));

  test('finalizerIntent: holds the object back until it is taken off, leaves those of others, and never creates', () =>
    withWorld(async ({ executor, configMaps }) => {
      const address = { namespace: space, name: 'held' };
      const made = await cluster.create(configMap, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { ...address, finalizers: ['other.dev/theirs'] },
      });
      await executor.execute([finalizerIntent(configMap, made, 'example.dev/ours', true)]);
      assert.equal((await executor.execute([finalizerIntent(configMap, made, 'example.dev/ours', true)])).skipped, 1);
      await cluster.delete(configMap, address);
      const dying = await cluster.get(configMap, address);
      assert.deepEqual(dying.metadata.finalizers?.toSorted(), ['example.dev/ours', 'other.dev/theirs']);
      await executor.execute([finalizerIntent(configMap, dying, 'example.dev/ours', false)]);
      assert.deepEqual((await cluster.get(configMap, address)).metadata.finalizers, ['other.dev/theirs']);
      await cluster.patch(configMap, address, { metadata: { finalizers: [] } });
      await eventually('it is gone', () => configMaps.get(`${space}/held`) === undefined);
      await assert.rejects(executor.execute([finalizerIntent(configMap, dying, 'example.dev/ours', true)]), isConflict);
      assert.equal(await cluster.find(configMap, address), undefined);
    }));

  test('event: is there for kubectl describe, with its subject, action and source', () =>
    withWorld(async ({ executor }) => {
      await executor.execute([applyWeb(1)]);
      const regarding = await readWeb();
      const intent = {
        type: 'event',
        resource: deployment,
        regarding,
        severity: 'Warning',
        reason: 'Held',
        action: 'Hold',
        note: 'x'.repeat(2_000),
      } as const;
      await executor.execute([intent]);
      const { items } = await eventually('the event', async () => {
        const list = await cluster.list<RecordedEvent>(event, { namespace: space });
        return list.items.length > 0 && list;
      });
      assert.equal(items.length, 1);
      const { regarding: subject, reportingController, reason, type, note } = items[0]!;
      assert.deepEqual([subject.uid, reportingController, reason, type], [regarding.metadata.uid, 'example.dev/kernel', 'Held', 'Warning']);
      assert.equal(note.length, 1_024);
    }));

  test('event: one that cannot be written holds up nothing', () =>
    withWorld(async ({ executor }) => {
      const regarding = { metadata: { name: 'nobody', namespace: 'no-such-space' } };
      const lost = { type: 'event', resource: deployment, regarding, severity: 'Normal', reason: 'R', action: 'A', note: 'n' } as const;
      assert.equal((await executor.execute([lost, applyWeb(1)])).written, 2);
    }));
});
