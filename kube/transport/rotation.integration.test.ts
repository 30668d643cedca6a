/** A pod's credentials are files that others rotate. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { ClusterError } from './cluster-error.ts';
import { connectCluster } from '../cluster/connect-cluster.ts';
import { silentLogger } from '../ports/logger.ts';
import { startReflector } from '../watch/reflector.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { startTestApiServer } from '../testing/api-server.ts';

const { configMap } = KUBERNETES_TYPES;
const manifest = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } });

test('cluster, reflector: go on without a restart, when token and CA are rotated during a watch', async (context) => {
  const server = await startTestApiServer();
  context.after(() => server.stop());
  const directory = mkdtempSync(join(tmpdir(), 'flotilla-rotation-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const mount = (token: string, ca: Buffer): void => {
    writeFileSync(join(directory, 'token'), token);
    writeFileSync(join(directory, 'ca.crt'), ca);
    writeFileSync(join(directory, 'namespace'), 'default');
  };
  mount(server.token, server.ca);
  const cluster = connectCluster({
    from: { inCluster: { host: '127.0.0.1', port: String(server.port), serviceAccountDirectory: directory } },
    clock: systemClock,
    userAgent: 'rotation-test',
  });
  context.after(() => cluster.close());
  const warnings: string[] = [];
  const logger = { ...silentLogger, error: (_fields: object, message: string) => void warnings.push(message) };
  const reflector = startReflector({
    cluster,
    type: configMap,
    scope: { namespace: 'default' },
    clock: systemClock,
    rng: systemRng,
    logger,
  });
  context.after(() => reflector.stop());
  const changes: string[] = [];
  reflector.onChange(({ type, object }) => void changes.push(`${type} ${object.metadata.name}`));
  await cluster.create(configMap, manifest('before'));
  await eventually('it shows', () => reflector.get('default/before'));

  const rotated = await server.rotate();
  // The old CA is still mounted: nothing may be believed.
  await assert.rejects(cluster.find(configMap, { namespace: 'default', name: 'before' }), ClusterError);
  rmSync(join(directory, 'ca.crt'));
  await assert.rejects(cluster.find(configMap, { namespace: 'default', name: 'before' }), /no usable answer.*ca\.crt/);
  mount(rotated.token, rotated.ca);

  await eventually('it writes again', () => cluster.apply(configMap, manifest('after'), { fieldManager: 'test' }), 20_000);
  await eventually('the watch goes on', () => reflector.get('default/after'), 20_000);
  await cluster.delete(configMap, { namespace: 'default', name: 'before' });
  await eventually('deletes show', () => reflector.get('default/before') === undefined);
  assert.deepEqual(changes, ['added before', 'added after', 'deleted before'], 'each was told once');
  assert.deepEqual(warnings, []);
});
