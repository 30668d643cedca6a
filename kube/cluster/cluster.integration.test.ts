import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ClusterError, isAlreadyExists, isAnotherObject, isConflict, isInvalid, isNotFound } from '../transport/cluster-error.ts';
import type { Cluster } from './cluster.ts';
import type { KubeManifest, KubeObject } from '../objects/kube-object.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { startTestApiServer, type TestApiServer } from '../testing/api-server.ts';

const { configMap, deployment, namespace } = KUBERNETES_TYPES;

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

function settings(name: string, data: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>> = {}): KubeManifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels }, data };
}

describe('Cluster on a real API server', () => {
  let server: TestApiServer;
  let cluster: Cluster;
  before(async () => {
    server = await startTestApiServer();
    cluster = server.connect();
  });
  after(() => server.stop());

  test('create, get, find, delete: the whole life of one object', async () => {
    const created = await cluster.create<ConfigMap>(configMap, settings('life', { a: '1' }));
    assert.notEqual(created.metadata.uid, undefined);
    assert.deepEqual((await cluster.get<ConfigMap>(configMap, { namespace: 'default', name: 'life' })).data, { a: '1' });
    assert.equal(await cluster.delete(configMap, { namespace: 'default', name: 'life' }), true);
    assert.equal(await cluster.delete(configMap, { namespace: 'default', name: 'life' }), false);
    assert.equal(await cluster.find(configMap, { namespace: 'default', name: 'life' }), undefined);
  });

  test('get: rejects with NotFound with code, reason and path, when the object is not there', async () => {
    await assert.rejects(cluster.get(configMap, { namespace: 'default', name: 'missing' }), (error) => {
      assert.ok(error instanceof ClusterError && isNotFound(error));
      assert.equal(error.code, 'CLUSTER_REFUSED');
      assert.equal(error.statusCode, 404);
      assert.equal(error.retry, 'later');
      assert.match(error.message, /GET \/api\/v1\/namespaces\/default\/configmaps\/missing.*not found/);
      return true;
    });
  });

  test('create: rejects with AlreadyExists, not Conflict, when the name is taken', async () => {
    await cluster.create(configMap, settings('taken', {}));
    await assert.rejects(cluster.create(configMap, settings('taken', {})), (error) => isAlreadyExists(error) && !isConflict(error));
  });

  test('create: rejects with Invalid with the field, when validation refuses the object', async () => {
    await assert.rejects(cluster.create(configMap, settings('Not_A_Name', {})), (error) => {
      assert.ok(error instanceof ClusterError && isInvalid(error));
      assert.equal(error.retry, 'terminal');
      assert.equal(error.status?.details?.causes?.[0]?.field, 'metadata.name');
      return true;
    });
  });

  test('apply: refuses an unknown field by name instead of dropping it', async () => {
    const manifest = { ...settings('strict', {}), dta: { typo: 'x' } };
    await assert.rejects(cluster.apply(configMap, manifest, { fieldManager: 'strict' }), /dta.*field not declared in schema/);
    await assert.rejects(cluster.create(configMap, manifest), /strict decoding error: unknown field "dta"/);
  });

  test('apply: is a Conflict naming the other manager, when not forced; takes the field over, when forced', async () => {
    await cluster.apply(configMap, settings('contested', { a: 'first' }), { fieldManager: 'first' });
    const second = settings('contested', { a: 'second' });
    await assert.rejects(cluster.apply(configMap, second, { fieldManager: 'second', force: false }), (error) => {
      assert.ok(isConflict(error) && error instanceof ClusterError);
      assert.match(error.message, /conflicts? with "first"/);
      assert.equal(error.retry, 'retry');
      return true;
    });
    const taken = await cluster.apply<ConfigMap>(configMap, second, { fieldManager: 'second' });
    assert.deepEqual(taken.data, { a: 'second' });
  });

  test('apply: removes a field that the manifest no longer names, and leaves fields of other managers', async () => {
    await cluster.apply(configMap, settings('shared', { ours: '1', gone: '1' }), { fieldManager: 'ours' });
    await cluster.apply(configMap, settings('shared', { theirs: '1' }), { fieldManager: 'theirs' });
    const object = await cluster.apply<ConfigMap>(configMap, settings('shared', { ours: '2' }), { fieldManager: 'ours' });
    assert.deepEqual(object.data, { ours: '2', theirs: '1' });
  });

  test('apply: a uid in the manifest makes it a Conflict, not a creation, when the object is gone', async () => {
    const manifest = settings('ghost', {});
    const withUid = { ...manifest, metadata: { ...manifest.metadata, uid: 'b5e6d2f0-0000-4000-8000-000000000000' } };
    await assert.rejects(
      cluster.apply(configMap, withUid, { fieldManager: 'ghost' }),
      (error) => isConflict(error) && isAnotherObject(error),
    );
    assert.equal(await cluster.find(configMap, { namespace: 'default', name: 'ghost' }), undefined);
  });

  test('applyStatus: writes the status and nothing else', async () => {
    const pods = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const spec = { replicas: 1, selector: { matchLabels: { app: 'x' } }, template: pods };
    const metadata = { name: 'with-status', namespace: 'default' };
    await cluster.apply(deployment, { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }, { fieldManager: 'spec' });
    const written = await cluster.applyStatus<KubeObject & { status: { observedGeneration?: number }; spec: { replicas: number } }>(
      deployment,
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 7 }, status: { observedGeneration: 1 } },
      { fieldManager: 'status' },
    );
    assert.equal(written.status.observedGeneration, 1);
    assert.equal(written.spec.replicas, 1);
  });

  test('patch: merges, and removes what is null', async () => {
    await cluster.create(configMap, settings('patched', { keep: '1', drop: '1' }));
    const patched = await cluster.patch<ConfigMap>(
      configMap,
      { namespace: 'default', name: 'patched' },
      { data: { drop: null, add: '2' } },
    );
    assert.deepEqual(patched.data, { keep: '1', add: '2' });
  });

  test('delete: is a Conflict, when the object is another one or has changed since', async () => {
    const first = await cluster.create(configMap, settings('guarded', { a: '1' }));
    const address = { namespace: 'default', name: 'guarded' };
    await cluster.patch(configMap, address, { data: { a: '2' } });
    const uid = 'b5e6d2f0-0000-4000-8000-000000000000';
    await assert.rejects(
      cluster.delete(configMap, address, { preconditions: { uid } }),
      (error) => isConflict(error) && isAnotherObject(error),
    );
    const resourceVersion = first.metadata.resourceVersion ?? '';
    await assert.rejects(cluster.delete(configMap, address, { preconditions: { resourceVersion } }), isConflict);
    assert.equal(await cluster.delete(configMap, address, { preconditions: { uid: first.metadata.uid ?? '' } }), true);
  });

  test('dryRun: answers like a real write, and changes nothing', async () => {
    await cluster.create(configMap, settings('dry', {}), { dryRun: true });
    assert.equal(await cluster.find(configMap, { namespace: 'default', name: 'dry' }), undefined);
  });

  test('list: gives 1,201 objects in pages, each once, with type and version; by label too', async () => {
    await cluster.create(namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'many' } });
    const names = Array.from({ length: 1_201 }, (_, index) => `object-${index}`);
    await Promise.all(
      names.map((name, index) =>
        cluster.create(configMap, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace: 'many', labels: { parity: index % 2 === 0 ? 'even' : 'odd' } },
        }),
      ),
    );
    const all = await cluster.list(configMap, { namespace: 'many' });
    assert.deepEqual(new Set(all.items.map(({ metadata }) => metadata.name)), new Set(names));
    assert.equal(all.items.length, names.length);
    assert.deepEqual([all.items[0]?.kind, all.items[0]?.apiVersion], ['ConfigMap', 'v1']);
    assert.match(all.resourceVersion, /^\d+$/);
    const even = await cluster.list(configMap, { namespace: 'many', labelSelector: 'parity=even' });
    assert.equal(even.items.length, 601);
    const one = await cluster.list(configMap, { namespace: 'many', fieldSelector: 'metadata.name=object-7' });
    assert.equal(one.items.length, 1);
  });

  test('list: leaves out spec and data, when only metadata is wanted', async () => {
    await cluster.apply(configMap, settings('slim', { big: 'x'.repeat(1_000) }), { fieldManager: 'slim' });
    const { items } = await cluster.list<ConfigMap>(configMap, { namespace: 'default', metadataOnly: true });
    const slim = items.find(({ metadata }) => metadata.name === 'slim');
    assert.equal(slim?.kind, 'ConfigMap');
    assert.equal(slim?.data, undefined);
  });

  test('request: rejects with CLUSTER_UNAVAILABLE, when no server listens; with the reason of the signal, when aborted', async () => {
    const other = await startTestApiServer();
    const lonely = other.connect();
    await other.process.kill();
    await assert.rejects(lonely.get(namespace, { name: 'default' }), (error) => {
      assert.ok(error instanceof ClusterError);
      assert.deepEqual([error.code, error.retry, error.statusCode], ['CLUSTER_UNAVAILABLE', 'later', 0]);
      return true;
    });
    await other.stop();
    const reason = new Error('enough');
    await assert.rejects(cluster.get(namespace, { name: 'default' }, { signal: AbortSignal.abort(reason) }), reason);
  });
});
