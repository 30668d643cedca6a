/**
 * A view of a source for work that ends before the source does: every listener added through the view is removed when `signal` aborts.
 */
export function unsubscribeOnAbort<Source extends { onChange(listener: never): () => void }>(source: Source, signal: AbortSignal): Source {
  const onChange = (listener: never): (() => void) => {
    if (signal.aborted) return () => undefined;
    const unsubscribe = source.onChange(listener);
    const stop = (): void => {
      signal.removeEventListener('abort', stop);
      unsubscribe();
    };
    signal.addEventListener('abort', stop);
    return stop;
  };
  // Methods run on the source itself, because a view cannot reach the private fields of a class.
  return new Proxy(source, {
    get(target, property) {
      if (property === 'onChange') return onChange;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
