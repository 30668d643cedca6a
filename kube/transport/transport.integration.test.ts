import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { ClusterError } from './cluster-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { connectCluster } from '../cluster/connect-cluster.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { startTestApiServer, type TestApiServer } from '../testing/api-server.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../testing/fault-proxy.ts';
import { REQUEST_SOCKETS_MAX } from './transport.ts';

const { namespace } = KUBERNETES_TYPES;

describe('makeTransport through a faulty proxy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-transport-'));
  const tokenFile = join(folder, 'token');
  let server: TestApiServer;
  let proxy: FaultProxy;
  let cluster: Cluster;
  before(async () => {
    server = await startTestApiServer();
    writeFileSync(tokenFile, server.token);
    proxy = await startFaultProxy({ ...server, tokenFile });
    cluster = connectCluster({ from: { kubeconfigPath: proxy.kubeconfigPath }, clock: systemClock, userAgent: 'transport-test' });
  });
  afterEach(() => proxy.decide(() => undefined));
  after(async () => {
    await cluster.close();
    await proxy.stop();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** Breaks the next requests, then lets all through. */
  function breakNext(...faults: readonly Fault[]): () => number {
    let asked = 0;
    proxy.decide(() => {
      asked += 1;
      return faults[asked - 1];
    });
    return () => asked;
  }

  const readDefault = (): Promise<unknown> => cluster.get(namespace, { name: 'default' });

  for (const statusCode of [429, 503]) {
    test(`request: waits as long as Retry-After says and retries, on ${statusCode}`, async () => {
      const asked = breakNext({ statusCode, headers: { 'retry-after': '1' } });
      const startedAtMs = performance.now();
      await readDefault();
      assert.equal(asked(), 2);
      assert.ok(performance.now() - startedAtMs >= 990);
    });
  }

  test('request: rejects with the last Retry-After, when the server goes on refusing', async () => {
    proxy.decide(() => ({ statusCode: 429, headers: { 'retry-after': '0' } }));
    await assert.rejects(readDefault(), (error) => {
      assert.ok(error instanceof ClusterError);
      assert.deepEqual([error.code, error.statusCode, error.retryAfterMs], ['CLUSTER_UNAVAILABLE', 429, 0]);
      return true;
    });
  });

  test('request: reads the token file again at once, when the server no longer knows the token', async () => {
    await readDefault();
    writeFileSync(tokenFile, 'rotated');
    const seenBefore = proxy.seen.length;
    proxy.decide(({ authorization }) =>
      authorization === 'Bearer rotated' ? { statusCode: 200, body: '{"rotated":true}' } : { statusCode: 401 },
    );
    assert.deepEqual(await readDefault(), { rotated: true });
    assert.equal(proxy.seen.length - seenBefore, 2);
    writeFileSync(tokenFile, server.token);
    proxy.decide(({ authorization }) => (authorization === 'Bearer rotated' ? { statusCode: 401 } : undefined));
    await readDefault();
  });

  test('request: does not send a write again whose answer was lost', async () => {
    const asked = breakNext('lose');
    const manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lost' } };
    await assert.rejects(
      cluster.create(namespace, manifest),
      (error) => error instanceof ClusterError && error.code === 'CLUSTER_UNAVAILABLE',
    );
    assert.equal(asked(), 1);
    assert.notEqual(await cluster.find(namespace, { name: 'lost' }), undefined);
  });

  test('request: rejects with CLUSTER_UNAVAILABLE after its timeout, when no answer comes', async () => {
    breakNext('hang');
    await assert.rejects(cluster.raw({ method: 'GET', path: '/version', timeoutMs: 100 }), /no answer within 100 ms/);
    await readDefault();
  });

  test('request: rejects with the status code, when the answer is a page of HTML', async () => {
    breakNext({ statusCode: 418, body: '<html>teapot</html>' });
    await assert.rejects(readDefault(), /API server answered 418: <html>teapot/);
    breakNext({ statusCode: 200, body: '{"truncated":' });
    await assert.rejects(readDefault(), (error) => error instanceof ClusterError && error.code === 'CLUSTER_UNAVAILABLE');
  });

  test('request: 200 requests at once need no more sockets than its bound', async () => {
    await Promise.all(Array.from({ length: 200 }, readDefault));
    assert.ok(proxy.connectionsMax <= REQUEST_SOCKETS_MAX, `${proxy.connectionsMax} sockets`);
  });

  test('urgent: is answered at once, when every other socket is taken', async () => {
    const ending = new AbortController();
    proxy.decide(({ url }) => (url.pathname.endsWith('/slow') ? 'hang' : undefined));
    const options = { signal: ending.signal };
    const slow = Array.from({ length: 20 }, () => cluster.find(namespace, { name: 'slow' }, options).catch(() => undefined));
    await eventually(
      'all sockets are taken',
      () => proxy.seen.filter(({ url }) => url.pathname.endsWith('/slow')).length === REQUEST_SOCKETS_MAX,
    );
    assert.equal((await cluster.urgent().get(namespace, { name: 'default' })).metadata.name, 'default');
    ending.abort();
    await Promise.all(slow);
  });
});
