/**
 * The queue of a controller, after client-go's: a key waits at most once and one worker has it at a time. A key that is added while a worker
 * has it waits again as soon as the worker is done. Higher priorities go first; within one priority, the order of arrival.
 */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { makeDelayedKeys } from './delayed-keys.ts';
import { PRIORITIES, type Priority, priorityRank } from './priority.ts';
import { makeWaitingKeys } from './waiting-keys.ts';

export interface WorkQueue {
  /** Adds a key now. A key that waits already keeps its place, or rises to the higher priority. */
  add(key: string, priority: Priority): void;
  /**
   * Adds a key after `delayMs`; the earliest of several delays holds. Taking the key before that cancels the delay.
   *
   * @throws AssertionError when `delayMs` is negative or not finite
   */
  addAfter(key: string, priority: Priority, delayMs: number): void;
  /** The next key of priority `lowest` or a higher one; undefined when no such key waits. The worker gives the key back by `done`. */
  take(lowest?: Priority): QueueItem | undefined;
  /** @throws AssertionError when no worker has the key */
  done(key: string): void;
  /** Keys that wait now. */
  readonly depth: number;
  /** Keys that workers have. */
  readonly taken: number;
  /** How long the key that came first has been waiting; 0 when no key waits. */
  oldestWaitMs(): number;
  /** Drops all waiting keys and all timers, and ignores keys that are added later. */
  close(): void;
}

export interface QueueItem {
  readonly key: string;
  readonly priority: Priority;
  readonly waitedMs: number;
}

/** `onReady` is called when a key may be taken. */
export function makeWorkQueue(clock: Pick<Clock, 'monotonicMs' | 'after'>, onReady: () => void): WorkQueue {
  const waiting = makeWaitingKeys(clock);
  const taken = new Set<string>();
  /** Rank of each key that was added while a worker had it. */
  const addedAgain = new Map<string, number>();
  let isClosed = false;

  const add = (key: string, rank: number): void => {
    if (isClosed) return;
    if (taken.has(key)) addedAgain.set(key, Math.min(rank, addedAgain.get(key) ?? rank));
    else if (waiting.add(key, rank)) onReady();
  };
  const delayed = makeDelayedKeys(clock, add);

  return {
    add: (key, priority) => add(key, priorityRank(priority)),
    addAfter(key, priority, delayMs) {
      if (!isClosed) delayed.add(key, priorityRank(priority), delayMs);
    },
    take(lowest = 'resync') {
      const next = waiting.take(priorityRank(lowest));
      if (next === undefined) return undefined;
      const { key, rank, waitedMs } = next;
      const priority = PRIORITIES[rank];
      assert(!taken.has(key) && priority !== undefined, `expected that no worker has ${key}: two workers would reconcile it at once`);
      taken.add(key);
      // The coming reconciliation decides anew when the next one is due.
      delayed.cancel(key);
      return { key, priority, waitedMs };
    },
    done(key) {
      assert(taken.delete(key), `expected a key that a worker has, found ${key}`);
      const rank = addedAgain.get(key);
      addedAgain.delete(key);
      if (rank !== undefined) add(key, rank);
    },
    get depth() {
      return waiting.size;
    },
    get taken() {
      return taken.size;
    },
    oldestWaitMs: () => waiting.oldestWaitMs(),
    close() {
      isClosed = true;
      delayed.clear();
      waiting.clear();
    },
  };
}
