/** The keys that wait for a worker, for the work queue: one line for each priority, each in the order of arrival. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { PRIORITIES } from './priority.ts';

export interface WaitingKeys {
  /** Adds a key, or raises a waiting key and keeps its time of arrival. False: the key waits at this priority or a higher one. */
  add(key: string, rank: number): boolean;
  /** Removes and gives the first key whose rank is at most `lowestRank`. */
  take(lowestRank: number): { readonly key: string; readonly rank: number; readonly waitedMs: number } | undefined;
  readonly size: number;
  /** How long the key that came first has been waiting; 0 when no key waits. */
  oldestWaitMs(): number;
  clear(): void;
}

export function makeWaitingKeys(clock: Pick<Clock, 'monotonicMs'>): WaitingKeys {
  /** Time of arrival by key; Maps keep the order. */
  const lines = PRIORITIES.map(() => new Map<string, number>());
  const rankOf = new Map<string, number>();
  const lineOf = (rank: number): Map<string, number> => {
    const line = lines[rank];
    assert(line !== undefined, `expected a rank from 0 to ${PRIORITIES.length - 1}, found ${rank}`);
    return line;
  };

  return {
    add(key, rank) {
      const line = lineOf(rank);
      const held = rankOf.get(key);
      if (held !== undefined && held <= rank) return false;
      const sinceMs = held === undefined ? undefined : lineOf(held).get(key);
      if (held !== undefined) lineOf(held).delete(key);
      line.set(key, sinceMs ?? clock.monotonicMs());
      rankOf.set(key, rank);
      return true;
    },
    take(lowestRank) {
      for (const [rank, line] of lines.entries()) {
        if (rank > lowestRank) return undefined;
        const first = line.entries().next();
        if (first.done === true) continue;
        const [key, sinceMs] = first.value;
        line.delete(key);
        rankOf.delete(key);
        return { key, rank, waitedMs: clock.monotonicMs() - sinceMs };
      }
      return undefined;
    },
    get size() {
      return rankOf.size;
    },
    oldestWaitMs() {
      const nowMs = clock.monotonicMs();
      return nowMs - Math.min(nowMs, ...lines.flatMap((line) => line.values().next().value ?? []));
    },
    clear() {
      for (const line of lines) line.clear();
      rankOf.clear();
    },
  };
}
