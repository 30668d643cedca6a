import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type KubeObject, objectKey } from '../objects/kube-object.ts';
import { silentLogger } from '../ports/logger.ts';
import { type Reflector, startReflector } from '../watch/reflector.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { startTestApiServer, type TestApiServer } from '../testing/api-server.ts';
import { type Controller, startController } from './controller.ts';
import { makeSource } from './source.ts';
import { makeEventRecorder } from '../execute/event-recorder.ts';
import { makeExecutor } from '../execute/executor.ts';
import type { Intent } from '../execute/intent.ts';
import { makeControlMetrics } from './metrics.ts';
import { byControllerUid, controllerReference, ownerKeys } from '../objects/owner-reference.ts';
import { makeMetricRecorder } from '../testing/metric-recorder.ts';

const { configMap } = KUBERNETES_TYPES;

interface Settings extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Each parent gets the children that its data names, with the values that it gives them; a child no longer named is deleted. */
function plan(parent: Settings, children: readonly Settings[]): readonly Intent[] {
  const { namespace = '', name } = parent.metadata;
  const wanted = parent.data ?? {};
  const nameOf = (child: string): string => `${name}-${child}`;
  const applies = Object.entries(wanted).map(([child, value]): Intent => {
    const metadata = {
      name: nameOf(child),
      namespace,
      labels: { role: 'child' },
      ownerReferences: [controllerReference(configMap, parent)],
    };
    return { type: 'apply', resource: configMap, manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } } };
  });
  const names = new Set(Object.keys(wanted).map(nameOf));
  const superfluous = children.filter(({ metadata }) => !names.has(metadata.name));
  return [...applies, ...superfluous.map((object): Intent => ({ type: 'delete', resource: configMap, object }))];
}

describe('a whole controller on a real API server', () => {
  let server: TestApiServer;
  let cluster: Cluster;
  let parents: Reflector<Settings>;
  let children: Reflector<Settings>;
  let controller: Controller;
  const recorder = makeMetricRecorder();
  const metrics = makeControlMetrics(recorder);

  before(async () => {
    server = await startTestApiServer();
    cluster = server.connect();
    const base = { cluster, type: configMap, clock: systemClock, rng: systemRng, logger: silentLogger };
    parents = startReflector<Settings>({ ...base, scope: { namespace: 'default', labelSelector: 'role=parent' } });
    children = startReflector<Settings>({
      ...base,
      scope: { namespace: 'default', labelSelector: 'role=child' },
      indexes: { owner: byControllerUid },
    });
    const executor = makeExecutor({
      cluster,
      fieldManager: 'kernel',
      reflectors: [children],
      recorder: makeEventRecorder({
        cluster,
        controller: 'example.dev/kernel',
        instance: 'pod-1',
        clock: systemClock,
        logger: silentLogger,
      }),
      controller: 'parent',
      metrics,
    });
    controller = startController({
      name: 'parent',
      sources: [makeSource(parents, ({ metadata }) => [objectKey(metadata)]), makeSource(children, ownerKeys(configMap))],
      async reconcile(key, { signal }) {
        const parent = parents.get(key);
        if (parent === undefined) return;
        await executor.execute(plan(parent, children.byIndex('owner', parent.metadata.uid ?? '')), { signal });
      },
      clock: systemClock,
      rng: systemRng,
      logger: silentLogger,
      metrics,
    });
  });
  after(async () => {
    await controller.stop();
    await Promise.all([parents.stop(), children.stop()]);
    await server.stop();
  });

  const putParent = (name: string, data: Readonly<Record<string, string>>): Promise<KubeObject> =>
    cluster.apply(
      configMap,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels: { role: 'parent' } }, data },
      { fieldManager: 'user' },
    );
  const childValue = async (name: string): Promise<string | undefined> =>
    (await cluster.find<Settings>(configMap, { namespace: 'default', name }))?.data?.['value'];
  const applies = (): number => recorder.value('control_writes_total{controller="parent",verb="apply",outcome="written"}');

  test('creates the children of 50 parents with one write each', async () => {
    for (let index = 0; index < 50; index += 1) await putParent(`p${index}`, { a: '1', b: '2' });
    await eventually('all children', () => children.size === 100, 30_000);
    await eventually('quiet', () => controller.stats().depth === 0 && controller.stats().active === 0);
    assert.equal(applies(), 100);
  });

  test('follows a change, and deletes what is no longer wanted', async () => {
    await putParent('p0', { a: '7' });
    await eventually(
      'the change and the delete',
      async () => (await childValue('p0-a')) === '7' && (await childValue('p0-b')) === undefined,
    );
  });

  test('restores an object that another writer edited or deleted', async () => {
    await cluster.patch(configMap, { namespace: 'default', name: 'p1-a' }, { data: { value: 'vandal' } });
    await eventually('the edit is undone', async () => (await childValue('p1-a')) === '1');
    await cluster.delete(configMap, { namespace: 'default', name: 'p1-a' });
    await eventually('the child is back', async () => (await childValue('p1-a')) === '1');
  });

  test('goes on after the API server was away, and makes up for the changes that it missed', async () => {
    await server.process.kill();
    controller.enqueue('default/p2', 'spec');
    await server.restart();
    await cluster.delete(configMap, { namespace: 'default', name: 'p2-a' });
    await putParent('p3', { a: '9' });
    await eventually('both repairs', async () => (await childValue('p2-a')) === '1' && (await childValue('p3-a')) === '9', 20_000);
    const { lists, synced } = children.stats();
    assert.ok(synced && lists >= 1);
  });

  test('writes nothing, when nothing changed', async () => {
    await eventually('quiet', () => controller.stats().depth === 0 && controller.stats().active === 0 && controller.stats().failing === 0);
    const before = applies();
    for (const parent of parents.list()) controller.enqueue(objectKey(parent.metadata), 'resync');
    await eventually('quiet again', () => controller.stats().depth === 0 && controller.stats().active === 0);
    assert.equal(applies(), before);
  });
});
