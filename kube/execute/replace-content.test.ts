import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import type { KubeManifest, KubeObject } from '../objects/kube-object.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { replaceContent } from './replace-content.ts';

const MANIFEST: KubeManifest = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'n' },
  data: { x: '1' },
  status: {},
};
const LIVE: KubeObject = { metadata: { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '7' } };

async function replace(live: KubeObject | undefined, manifest: KubeManifest = MANIFEST) {
  const requests: unknown[] = [];
  const cluster = {
    find: () => Promise.resolve(live),
    raw: (request: unknown) => Promise.resolve(requests.push(request)),
  } as unknown as Pick<Cluster, 'find' | 'raw'>;
  const isReplaced = await replaceContent(cluster, KUBERNETES_TYPES.configMap, manifest, { fieldManager: 'fm', signal: undefined });
  return { isReplaced, requests };
}

test('replaceContent: sets each part of the content whole, if the object is still the one that was seen', async () => {
  assert.deepEqual(await replace(LIVE), {
    isReplaced: true,
    requests: [
      {
        method: 'PATCH',
        path: '/api/v1/namespaces/n/configmaps/a',
        query: { fieldManager: 'fm', fieldValidation: 'Strict' },
        contentType: 'application/json-patch+json',
        body: [
          { op: 'test', path: '/metadata/uid', value: 'u' },
          { op: 'test', path: '/metadata/resourceVersion', value: '7' },
          { op: 'add', path: '/data', value: { x: '1' } },
        ],
        signal: undefined,
      },
    ],
  });
});

test('replaceContent: does nothing, when the object is gone or the manifest has no content', async () => {
  assert.deepEqual(await replace(undefined), { isReplaced: false, requests: [] });
  const { data: _, ...bare } = MANIFEST;
  assert.deepEqual(await replace(LIVE, bare as KubeManifest), { isReplaced: false, requests: [] });
});
