import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { finalizerIntent } from './intent.ts';

const { configMap, namespace } = KUBERNETES_TYPES;

test('finalizerIntent: adds or removes one finalizer by a manager of its own, guarded by the uid', () => {
  const object = { metadata: { name: 'a', namespace: 'n', uid: 'u' } };
  const manifest = (finalizers: readonly string[]) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'n', uid: 'u', finalizers },
  });
  const base = { type: 'apply', resource: configMap, fieldManager: 'example.dev-hold' };
  assert.deepEqual(finalizerIntent(configMap, object, 'example.dev/hold', true), { ...base, manifest: manifest(['example.dev/hold']) });
  assert.deepEqual(finalizerIntent(configMap, object, 'example.dev/hold', false), { ...base, manifest: manifest([]) });
});

test('finalizerIntent: names no namespace for a cluster-scoped object', () => {
  const { manifest } = finalizerIntent(namespace, { metadata: { name: 'a', uid: 'u' } }, 'example.dev/hold', true);
  assert.deepEqual(Object.keys(manifest.metadata), ['name', 'uid', 'finalizers']);
});
