/** Runs the example of kube's README on a real API server. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type Cluster, type Controller, KUBERNETES_TYPES, type KubeObject, makeControlMetrics, silentLogger } from '../mod.ts';
import { startTestApiServer, type TestApiServer } from '../testing/api-server.ts';
import { makeMetricRecorder } from '../testing/metric-recorder.ts';
import { type ConfigMap, startMirror } from './mirror.ts';

const { configMap, event } = KUBERNETES_TYPES;
const COPY = { namespace: 'default', name: 'settings-mirror' };

describe('the example of the README', () => {
  let server: TestApiServer;
  let cluster: Cluster;
  let mirror: Pick<Controller, 'stop'>;

  before(async () => {
    server = await startTestApiServer();
    cluster = server.connect();
    const metrics = makeControlMetrics(makeMetricRecorder());
    mirror = startMirror({ cluster, clock: systemClock, rng: systemRng, logger: silentLogger, metrics });
  });
  after(async () => {
    await mirror?.stop();
    await server?.stop();
  });

  const write = (data: Readonly<Record<string, string>>) =>
    cluster.apply(
      configMap,
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings', namespace: 'default', labels: { 'example.dev/mirror': 'true' } },
        data,
      },
      { fieldManager: 'user' },
    );
  const copyHolds = (colour: string) =>
    eventually(`the copy holds ${colour}`, async () => (await cluster.get<ConfigMap>(configMap, COPY)).data?.['colour'] === colour);

  test('startMirror: makes a copy that its original owns, and writes an event', async () => {
    const original = await write({ colour: 'red' });
    await copyHolds('red');
    const copy = await cluster.get(configMap, COPY);
    assert.equal(copy.metadata.ownerReferences?.[0]?.uid, original.metadata.uid);
    await eventually('the event is there', async () => {
      const { items } = await cluster.list<KubeObject & { readonly reason: string }>(event, { namespace: 'default' });
      return items.some(({ reason }) => reason === 'Mirrored');
    });
  });

  test('startMirror: follows the original, undoes an edit of the copy, and makes a deleted copy again', async () => {
    await write({ colour: 'green' });
    await copyHolds('green');
    await cluster.patch(configMap, COPY, { data: { colour: 'black' } });
    await copyHolds('green');
    await cluster.delete(configMap, COPY);
    await copyHolds('green');
  });

  test('main: runs the mirror as a program until SIGTERM, then ends with code 0', async () => {
    await mirror.stop();
    const env = { ...process.env, KUBECONFIG: server.kubeconfigPath };
    const program = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], { env, stdio: 'inherit' });
    const ended = once(program, 'exit');
    try {
      await write({ colour: 'blue' });
      await copyHolds('blue');
      program.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
    } finally {
      program.kill('SIGKILL');
    }
  });
});
