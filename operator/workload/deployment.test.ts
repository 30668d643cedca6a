import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEST_SETTINGS } from '../testing/objects.ts';
import { deploymentManifest } from './deployment.ts';
import { commonEnvironment } from './environment.ts';

interface Probe {
  readonly httpGet: { readonly path: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

test('deploymentManifest: gives a start two minutes before a pod is restarted, as a busy node needs them', () => {
  const manifest = deploymentManifest({
    belonging: { component: 'exec', instance: 'main-exec' },
    namespace: 'trading',
    image: 'flotilla:test',
    entryPoint: 'exec/main.ts',
    port: 8004,
    replicas: 1,
    strategy: 'Recreate',
    environment: [],
    terminationGraceSeconds: 25,
    owner: undefined,
  });
  const { spec } = (manifest['spec'] as { readonly template: { readonly spec: { readonly containers: readonly unknown[] } } }).template;
  const { startupProbe, livenessProbe } = spec.containers[0] as { readonly startupProbe: Probe; readonly livenessProbe: Probe };
  assert.equal(startupProbe.httpGet.path, '/live');
  assert.ok(startupProbe.periodSeconds * startupProbe.failureThreshold >= 120);
  assert.ok(livenessProbe.periodSeconds * livenessProbe.failureThreshold <= 60, 'a hang is seen within a minute');
});

test('commonEnvironment: listens on the address of the pod, unless the installation says otherwise', () => {
  const hostOf = (pods: object): unknown => commonEnvironment({ ...TEST_SETTINGS, pods }, 8004).find(({ name }) => name === 'HOST');
  assert.deepEqual(hostOf({}), { name: 'HOST', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } });
  assert.deepEqual(hostOf({ host: '*' }), { name: 'HOST', value: '*' });
});
