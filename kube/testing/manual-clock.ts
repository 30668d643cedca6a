/** A clock for tests: it stands still until a test moves it. */
import type { Clock } from '@flotilla/contracts/ports.ts';

/** A Clock with a method that moves it. */
export interface ManualClock extends Clock {
  /** Runs the timers that fall due within `durationMs`, in order. Promises settle between two timers. */
  advance(durationMs: number): Promise<void>;
  /** Number of timers that wait. */
  readonly timers: number;
}

export function makeManualClock(startMs = Date.parse('2026-01-01T00:00:00Z')): ManualClock {
  let elapsedMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();

  const after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { dueMs: elapsedMs + delayMs, callback };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after,
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason as Error);
        const cancel = after(delayMs, resolve);
        signal?.addEventListener('abort', () => {
          cancel();
          reject(signal.reason as Error);
        });
      });
    },
    get timers() {
      return timers.size;
    },
    async advance(durationMs) {
      const untilMs = elapsedMs + durationMs;
      await settle();
      for (;;) {
        const next = [...timers].sort((left, right) => left.dueMs - right.dueMs)[0];
        if (next === undefined || next.dueMs > untilMs) break;
        timers.delete(next);
        elapsedMs = Math.max(elapsedMs, next.dueMs);
        next.callback();
        await settle();
      }
      elapsedMs = untilMs;
      await settle();
    },
  };
}
