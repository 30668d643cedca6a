import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../objects/kube-object.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { makeObjectCache, type ObjectChange } from '../watch/object-cache.ts';
import type { Reflector } from '../watch/reflector.ts';
import { NAMESPACE_INDEX, namespaceKeys, namespaceView } from './namespace-view.ts';

const pod = (namespace: string, name: string): KubeObject => ({ metadata: { namespace, name, uid: name, resourceVersion: '1' } });

/** Keeps its state in private fields, as a reflector does. */
class Copy {
  readonly type = KUBERNETES_TYPES.service;
  readonly #cache = makeObjectCache<KubeObject>({ [NAMESPACE_INDEX]: namespaceKeys });
  readonly #listeners = new Set<(change: ObjectChange) => void>();
  get size(): number {
    return this.#cache.size;
  }
  get(key: string) {
    return this.#cache.get(key);
  }
  list() {
    return this.#cache.list();
  }
  byIndex(index: string, value: string) {
    return this.#cache.byIndex(index, value);
  }
  onChange(listener: (change: ObjectChange) => void) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  add(object: KubeObject) {
    for (const change of this.#cache.upsert(object)) for (const listener of this.#listeners) listener(change);
  }
}

test('namespaceView: lists, counts and tells the objects of its namespace alone', () => {
  const copy = new Copy();
  const view = namespaceView(copy as unknown as Reflector, 'right');
  const told: string[] = [];
  const stop = view.onChange(({ object }) => void told.push(object.metadata.name));
  copy.add(pod('left', 'a'));
  copy.add(pod('right', 'b'));
  assert.deepEqual(
    view.list().map(({ metadata }) => metadata.name),
    ['b'],
  );
  assert.equal(view.size, 1);
  assert.equal(copy.size, 2);
  assert.deepEqual(told, ['b']);
  assert.equal(view.get('left/a')?.metadata.name, 'a', 'a key names its namespace');
  assert.equal(view.type, KUBERNETES_TYPES.service);
  stop();
  copy.add(pod('right', 'c'));
  assert.deepEqual(told, ['b']);
});
