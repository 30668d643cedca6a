/** A queue between a callback that pushes and one `for await` that takes. */
export interface AsyncQueue<T> extends AsyncIterable<T> {
  push(item: T): void;
  /** Ends the iteration after the queued items. */
  end(): void;
  /** Drops the queued items. */
  clear(): void;
}

export function makeAsyncQueue<T>(): AsyncQueue<T> {
  let items: T[] = [];
  let ended = false;
  let wake: ((result: IteratorResult<T>) => void) | undefined;
  const next = (): Promise<IteratorResult<T>> => {
    const item = items.shift();
    if (item !== undefined) return Promise.resolve({ value: item, done: false });
    if (ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => {
      wake = resolve;
    });
  };
  return {
    push(item) {
      if (ended) return;
      const waiting = wake;
      wake = undefined;
      if (waiting === undefined) items.push(item);
      else waiting({ value: item, done: false });
    },
    end() {
      ended = true;
      wake?.({ value: undefined, done: true });
      wake = undefined;
    },
    clear() {
      items = [];
    },
    [Symbol.asyncIterator]: () => ({ next }),
  };
}
