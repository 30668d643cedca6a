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
  // Over the source as prototype, so that its getters stay what they are.
  return Object.create(source, { onChange: { value: onChange } }) as Source;
}
