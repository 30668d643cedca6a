import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { unsubscribeOnAbort } from './unsubscribe-on-abort.ts';

function makeSource() {
  const listeners = new Set<(word: string) => void>();
  return {
    get size() {
      return listeners.size;
    },
    onChange(listener: (word: string) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

test('unsubscribeOnAbort: removes the listeners of the view when the signal aborts, and no others', () => {
  const source = makeSource();
  const ending = new AbortController();
  const view = unsubscribeOnAbort(source, ending.signal);
  source.onChange(() => undefined);
  view.onChange(() => undefined);
  const stop = view.onChange(() => undefined);
  assert.equal(view.size, 3, 'the rest of the source is as it was');
  stop();
  assert.equal(source.size, 2);
  assert.equal(getEventListeners(ending.signal, 'abort').length, 1, 'a signal that lives on does not keep listeners that were removed');
  ending.abort();
  assert.equal(source.size, 1);
  view.onChange(() => undefined);
  assert.equal(source.size, 1, 'too late');
});

class Counter {
  #count = 1;
  get count(): number {
    return this.#count;
  }
  increase(): number {
    this.#count += 1;
    return this.#count;
  }
  onChange(): () => void {
    return () => undefined;
  }
}

test('unsubscribeOnAbort: a view of a class reaches its private fields', () => {
  const view = unsubscribeOnAbort(new Counter(), new AbortController().signal);
  assert.equal(view.count, 1);
  assert.equal(view.increase(), 2);
});
