import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts';
import { type HealthServer, makeHealth, startHealthServer } from './health.ts';
import { makeMetrics } from './metrics.ts';

describe('startHealthServer', () => {
  let problem: string | undefined;
  let server: HealthServer;
  const metrics = makeMetrics('exec');
  let defect: string | undefined;
  const health = makeHealth({
    service: 'exec',
    metrics,
    checks: { bus: () => problem, store: () => undefined },
    liveChecks: { loop: () => defect },
  });
  const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init);

  before(async () => {
    server = await startHealthServer(health, '127.0.0.1', 0);
  });
  after(() => server.close());

  test('respond: is 200 on every path, when all checks pass', async () => {
    problem = undefined;
    for (const path of ['/live', '/ready', '/health', '/healthz', '/metrics', '/ready?verbose']) {
      assert.equal((await get(path)).status, 200, path);
    }
  });

  test('respond: is 503 with the reasons but still live, when a check fails', async () => {
    problem = 'not connected';
    for (const path of ['/ready', '/health', '/healthz']) {
      const response = await get(path);
      assert.equal(response.status, 503, path);
      assert.deepEqual(await response.json(), { service: 'exec', status: 'not ready', problems: { bus: 'not connected' } });
    }
    assert.equal((await get('/live')).status, 200);
  });

  test('respond: is ready but not healthy, when a check fails that readiness leaves out', async () => {
    const own = makeHealth({ service: 'gateway', metrics, checks: { bus: () => 'away' }, readyChecks: {} });
    assert.deepEqual([(await own.respond('/ready'))?.status, (await own.respond('/health'))?.status], [200, 503]);
  });

  test('respond: is no longer live, with the reason, when a live check fails', async () => {
    defect = 'hangs';
    const response = await get('/live');
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { service: 'exec', status: 'not live', problems: { loop: 'hangs' } });
    defect = undefined;
    assert.equal((await get('/live')).status, 200);
  });

  test('respond: gives Prometheus text, when asked for metrics', async () => {
    metrics.counter('exec_orders_received_total', 'Orders', ['status']).inc({ status: 'ACCEPTED' });
    metrics.counter('exec_orders_received_total', 'Orders', ['status']).inc({ status: 'ACCEPTED' });
    metrics.processingDuration.observe({ operation: 'x' }, 0.002);
    const response = await get('/metrics');
    const text = await response.text();
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain/);
    assert.match(text, /^exec_orders_received_total\{status="ACCEPTED"\} 2$/m);
    assert.match(text, /^unknown_fields_total\{service="exec"\} 0$/m);
    assert.match(text, /^processing_duration_seconds_count\{operation="x"\} 1$/m);
  });

  test('respond: is 404, when the path or method is another', async () => {
    assert.equal((await get('/')).status, 404);
    assert.equal((await get('/live', { method: 'POST' })).status, 404);
  });

  test('startHealthServer: rejects with PORT_TAKEN, when the port is held', async () => {
    await assert.rejects(
      startHealthServer(health, '127.0.0.1', server.port),
      (error) => error instanceof FlotillaError && error.code === 'PORT_TAKEN' && error.message.includes(String(server.port)),
    );
  });
});
