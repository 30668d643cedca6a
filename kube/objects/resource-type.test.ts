import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KUBERNETES_TYPES, resourcePath } from './resource-type.ts';

const { configMap, deployment, namespace } = KUBERNETES_TYPES;

for (const [path, type, address] of [
  ['/api/v1/configmaps', configMap, {}],
  ['/api/v1/namespaces/a/configmaps/b', configMap, { namespace: 'a', name: 'b' }],
  ['/apis/apps/v1/namespaces/a/deployments/b/status', deployment, { namespace: 'a', name: 'b', subresource: 'status' }],
  ['/api/v1/namespaces/a', namespace, { name: 'a' }],
  ['/api/v1/namespaces/a', namespace, { namespace: 'ignored', name: 'a' }],
  ['/api/v1/namespaces/a%2Fb/configmaps', configMap, { namespace: 'a/b' }],
] as const) {
  test(`resourcePath: gives ${path}`, () => assert.equal(resourcePath(type, address), path));
}
