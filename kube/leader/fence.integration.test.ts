import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { connectCluster } from '../cluster/connect-cluster.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { startTestApiServer, type TestApiServer } from '../testing/api-server.ts';
import { type FaultProxy, startFaultProxy } from '../testing/fault-proxy.ts';
import { REQUEST_SOCKETS_MAX } from '../transport/transport.ts';
import { fencedCluster } from './fence.ts';

const { configMap } = KUBERNETES_TYPES;
const manifest = (name: string, data: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
});
const isNotLeading = (error: unknown): boolean => error instanceof FlotillaError && error.code === 'NOT_LEADING';

describe('fencedCluster on a real API server', () => {
  let server: TestApiServer;
  let proxy: FaultProxy;
  let cluster: Cluster;
  const term = { valid: true, isValid: () => term.valid };
  let fenced: Cluster;
  const writesSeen = (): number => proxy.seen.filter(({ method }) => method !== 'GET').length;
  before(async () => {
    server = await startTestApiServer();
    proxy = await startFaultProxy(server);
    cluster = connectCluster({ from: { kubeconfigPath: proxy.kubeconfigPath }, clock: systemClock, userAgent: 'fence-test' });
    fenced = fencedCluster(cluster, term);
  });
  afterEach(() => {
    term.valid = true;
    proxy.decide(() => undefined);
  });
  after(async () => {
    await cluster.close();
    await proxy.stop();
    await server.stop();
  });

  test('every kind of write is held back when the term is over, and reads are not', async () => {
    await fenced.create(configMap, manifest('held'));
    term.valid = false;
    const before = writesSeen();
    const address = { namespace: 'default', name: 'held' };
    const apply = { fieldManager: 'test' };
    for (const write of [
      () => fenced.create(configMap, manifest('other')),
      () => fenced.apply(configMap, manifest('held', { a: '1' }), apply),
      () => fenced.applyStatus(configMap, manifest('held'), apply),
      () => fenced.patch(configMap, address, { data: { a: '1' } }),
      () => fenced.delete(configMap, address),
      () => fenced.raw({ method: 'PUT', path: '/api/v1/namespaces/default/configmaps/held', body: manifest('held') }),
    ]) {
      await assert.rejects(write, isNotLeading);
    }
    assert.equal(writesSeen(), before, 'nothing went on the wire');
    assert.equal((await fenced.get(configMap, address)).metadata.name, 'held');
    assert.ok((await fenced.list(configMap, { namespace: 'default' })).items.length > 0);
    await cluster.patch(configMap, address, { data: { a: '2' } });
  });

  test('a write that waits for a socket is held back, when the term ends before its turn', async () => {
    const held: (() => void)[] = [];
    proxy.decide(({ url }) => (url.pathname.endsWith('/slow') ? 'hang' : undefined));
    const slow = Array.from({ length: REQUEST_SOCKETS_MAX }, () => {
      const cancel = new AbortController();
      held.push(() => cancel.abort());
      return cluster.find(configMap, { namespace: 'default', name: 'slow' }, { signal: cancel.signal }).catch(() => undefined);
    });
    await eventually('all sockets are taken', () => proxy.seen.filter(({ url }) => url.pathname.endsWith('/slow')).length === slow.length);
    const before = writesSeen();
    const waiting = fenced.create(configMap, manifest('waited'));
    term.valid = false;
    for (const release of held) release();
    await assert.rejects(waiting, isNotLeading);
    await Promise.all(slow);
    assert.equal(writesSeen(), before);
    assert.equal(await cluster.find(configMap, { namespace: 'default', name: 'waited' }), undefined);
  });

  test('a write is not sent again after Retry-After or 401, when the term ended meanwhile', async () => {
    for (const fault of [{ statusCode: 429, headers: { 'retry-after': '0' } }, { statusCode: 401 }]) {
      term.valid = true;
      const before = writesSeen();
      proxy.decide(() => {
        term.valid = false;
        return fault;
      });
      await assert.rejects(fenced.create(configMap, manifest('again')), isNotLeading);
      assert.equal(writesSeen() - before, 1);
    }
  });

  test('the connection goes on working after writes were held back', async () => {
    await fenced.apply(configMap, manifest('held', { a: '3' }), { fieldManager: 'test' });
    assert.ok(proxy.connectionsMax <= REQUEST_SOCKETS_MAX);
  });
});
