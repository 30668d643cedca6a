import type { Clock } from '@flotilla/contracts/ports.ts';
import { PRIORITIES, type Priority, priorityRank } from './priority.ts';

/**
 * A keyed queue after client-go's: a key waits at most once, is handed to one worker at a time, and when it is added while a worker has it,
 * waits again as soon as the worker is done. Higher priorities go first; within one, the order of arrival.
 */
export interface WorkQueue {
  /** Now. A key that waits already keeps its place, or rises to the higher priority. */
  add(key: string, priority: Priority): void;
  /** After `delayMs`; the earliest of several delays holds. Forgotten when the key is taken before. */
  addAfter(key: string, priority: Priority, delayMs: number): void;
  /** The next key, at most as low as `lowest`; undefined when none waits. It must be given back by `done`. */
  take(lowest?: Priority): QueueItem | undefined;
  done(key: string): void;
  /** Keys that wait now. */
  readonly depth: number;
  /** Keys that workers have. */
  readonly taken: number;
  /** How long the key that came first has been waiting. */
  oldestWaitMs(): number;
  /** Drops all that waits and all timers. */
  close(): void;
}

export interface QueueItem {
  readonly key: string;
  readonly priority: Priority;
  /** How long it waited. */
  readonly waitedMs: number;
}

interface Waiting {
  readonly rank: number;
  readonly sinceMs: number;
}

interface Delayed {
  readonly dueMs: number;
  readonly rank: number;
  readonly cancel: () => void;
}

/** `onReady` is called when a key may be taken. */
export function makeWorkQueue(clock: Pick<Clock, 'monotonicMs' | 'after'>, onReady: () => void): WorkQueue {
  /** One line per priority; Maps keep the order of arrival. */
  const lines = PRIORITIES.map(() => new Map<string, Waiting>());
  const rankOf = new Map<string, number>();
  const taken = new Set<string>();
  /** Added while a worker had them. */
  const again = new Map<string, number>();
  const delayed = new Map<string, Delayed>();
  let closed = false;

  const enqueue = (key: string, rank: number): void => {
    const held = rankOf.get(key);
    if (held !== undefined && held <= rank) return;
    const sinceMs = (held === undefined ? undefined : lines[held]?.get(key)?.sinceMs) ?? clock.monotonicMs();
    if (held !== undefined) lines[held]?.delete(key);
    lines[rank]?.set(key, { rank, sinceMs });
    rankOf.set(key, rank);
    onReady();
  };

  const add = (key: string, rank: number): void => {
    if (closed) return;
    if (taken.has(key)) again.set(key, Math.min(rank, again.get(key) ?? rank));
    else enqueue(key, rank);
  };

  return {
    add: (key, priority) => add(key, priorityRank(priority)),
    addAfter(key, priority, delayMs) {
      if (closed) return;
      const dueMs = clock.monotonicMs() + delayMs;
      const held = delayed.get(key);
      const rank = Math.min(priorityRank(priority), held?.rank ?? PRIORITIES.length);
      if (held !== undefined && held.dueMs <= dueMs && held.rank <= rank) return;
      held?.cancel();
      const soonestMs = Math.min(dueMs, held?.dueMs ?? dueMs);
      const cancel = clock.after(Math.max(0, soonestMs - clock.monotonicMs()), () => {
        delayed.delete(key);
        add(key, rank);
      });
      delayed.set(key, { dueMs: soonestMs, rank, cancel });
    },
    take(lowest = 'resync') {
      const lowestRank = priorityRank(lowest);
      for (const [rank, line] of lines.entries()) {
        if (rank > lowestRank) return undefined;
        const first = line.entries().next();
        if (first.done === true) continue;
        const [key, { sinceMs }] = first.value;
        line.delete(key);
        rankOf.delete(key);
        taken.add(key);
        // The coming look decides anew when the next one is due.
        delayed.get(key)?.cancel();
        delayed.delete(key);
        return { key, priority: PRIORITIES[rank] ?? 'resync', waitedMs: clock.monotonicMs() - sinceMs };
      }
      return undefined;
    },
    done(key) {
      taken.delete(key);
      const rank = again.get(key);
      again.delete(key);
      if (rank !== undefined && !closed) enqueue(key, rank);
    },
    get depth() {
      return rankOf.size;
    },
    get taken() {
      return taken.size;
    },
    oldestWaitMs() {
      let sinceMs = clock.monotonicMs();
      for (const line of lines) sinceMs = Math.min(sinceMs, line.values().next().value?.sinceMs ?? sinceMs);
      return clock.monotonicMs() - sinceMs;
    },
    close() {
      closed = true;
      for (const { cancel } of delayed.values()) cancel();
      delayed.clear();
      for (const line of lines) line.clear();
      rankOf.clear();
    },
  };
}
