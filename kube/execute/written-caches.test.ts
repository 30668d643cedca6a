import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeObject, objectKey } from '../objects/kube-object.ts';
import { KUBERNETES_TYPES, type ResourceType } from '../objects/resource-type.ts';
import type { Reflector } from '../watch/reflector.ts';
import { makeWrittenCaches } from './written-caches.ts';

const { configMap, secret, deployment } = KUBERNETES_TYPES;
const named = (name: string, label = ''): KubeObject => ({ metadata: { name, namespace: 'n', labels: { label } } });

/** A cache that keeps objects of the names that it watches, under its own label. */
function makeCache(type: ResourceType, label: string, names: readonly string[]) {
  const objects = new Map<string, KubeObject>();
  const noted: string[] = [];
  return {
    type,
    noted,
    get: (key: string) => objects.get(key),
    note({ metadata }: KubeObject) {
      noted.push(metadata.name);
      const view = named(metadata.name, label);
      if (names.includes(metadata.name)) objects.set(objectKey(metadata), view);
      return view;
    },
  };
}
const asReflectors = (caches: readonly ReturnType<typeof makeCache>[]) => caches as unknown as readonly Reflector[];

test('note: tells every cache of the kind, and gives the view of the first cache that has the object', () => {
  const caches = [makeCache(configMap, 'one', ['a']), makeCache(configMap, 'two', ['a', 'b']), makeCache(secret, 'secrets', ['a'])];
  const written = makeWrittenCaches(asReflectors(caches));
  const labelOf = (object: KubeObject | undefined) => object?.metadata.labels?.['label'];
  assert.equal(labelOf(written.note(configMap, named('a'))), 'one');
  assert.equal(labelOf(written.note(configMap, named('b'))), 'two');
  assert.equal(written.note(configMap, named('c')), undefined);
  assert.deepEqual(
    caches.map(({ noted }) => noted),
    [['a', 'b', 'c'], ['a', 'b', 'c'], []],
  );
  assert.equal(labelOf(written.live(configMap, 'n/a')), 'one');
  assert.equal(labelOf(written.live(configMap, 'n/b')), 'two');
  assert.equal(written.live(secret, 'n/a'), undefined);
  assert.equal(written.live(deployment, 'n/a'), undefined);
});
