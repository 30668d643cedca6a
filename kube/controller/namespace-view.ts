/** A view of a live copy of many namespaces that shows one. For programs that run the same controllers for each namespace. */
import type { KubeObject } from '../objects/kube-object.ts';
import type { ObjectChange } from '../watch/object-cache.ts';
import type { Reflector } from '../watch/reflector.ts';

/** Name of the index that {@link namespaceView} needs: `indexes: { [NAMESPACE_INDEX]: namespaceKeys }`. */
export const NAMESPACE_INDEX = 'namespace';

/** Index function for {@link NAMESPACE_INDEX}. */
export function namespaceKeys({ metadata }: KubeObject): readonly string[] {
  return [metadata.namespace ?? ''];
}

/** Lists, tells and counts the objects of one namespace alone. `get` and the other indexes show every namespace, because their keys name one. */
export function namespaceView<T extends KubeObject>(source: Reflector<T>, namespace: string): Reflector<T> {
  const list = (): readonly T[] => source.byIndex(NAMESPACE_INDEX, namespace);
  const onChange = (listener: (change: ObjectChange<T>) => void): (() => void) =>
    source.onChange((change) => {
      if (change.object.metadata.namespace === namespace) listener(change);
    });
  // Methods run on the source itself, because a view cannot reach the private fields of a class.
  return new Proxy(source, {
    get(target, property) {
      if (property === 'list') return list;
      if (property === 'size') return list().length;
      if (property === 'onChange') return onChange;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
