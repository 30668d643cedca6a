/** The keys that wait for a delay to end, for the work queue: one timer for each. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';

export interface DelayedKeys {
  /** The earliest of several delays of a key holds, and the highest of their priorities (0 is the highest). */
  add(key: string, rank: number, delayMs: number): void;
  /** Does nothing when the key does not wait. */
  cancel(key: string): void;
  clear(): void;
}

interface Delayed {
  readonly dueMs: number;
  readonly rank: number;
  readonly cancelTimer: () => void;
}

/** `onDue` is called once for each key, when its delay is over. */
export function makeDelayedKeys(clock: Pick<Clock, 'monotonicMs' | 'after'>, onDue: (key: string, rank: number) => void): DelayedKeys {
  const delayed = new Map<string, Delayed>();

  return {
    add(key, rank, delayMs) {
      assert(Number.isFinite(delayMs) && delayMs >= 0, `expected a delay of 0 ms or more for ${key}, found ${delayMs}`);
      const nowMs = clock.monotonicMs();
      const held = delayed.get(key);
      const next = { dueMs: Math.min(nowMs + delayMs, held?.dueMs ?? Infinity), rank: Math.min(rank, held?.rank ?? Infinity) };
      if (held !== undefined && held.dueMs === next.dueMs && held.rank === next.rank) return;
      held?.cancelTimer();
      const cancelTimer = clock.after(Math.max(0, next.dueMs - nowMs), () => {
        delayed.delete(key);
        onDue(key, next.rank);
      });
      delayed.set(key, { ...next, cancelTimer });
    },
    cancel(key) {
      delayed.get(key)?.cancelTimer();
      delayed.delete(key);
    },
    clear() {
      for (const { cancelTimer } of delayed.values()) cancelTimer();
      delayed.clear();
    },
  };
}
