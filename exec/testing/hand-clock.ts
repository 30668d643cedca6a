/** A clock for tests that stands still until a test moves it by hand. */
import type { Clock } from '@flotilla/contracts';

export interface HandClock extends Clock {
  /** Moves time. Runs the timers that are due afterwards, in the order in which they were set. */
  advance(byMs: number, beforeTimers?: () => void): void;
}

export function makeHandClock(startMs = 0): HandClock {
  let nowMs = startMs;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: () => Promise.resolve(),
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return () => (timers = timers.filter((each) => each !== timer));
    },
    advance(byMs, beforeTimers) {
      nowMs += byMs;
      beforeTimers?.();
      const due = timers.filter((timer) => timer.atMs <= nowMs);
      timers = timers.filter((timer) => timer.atMs > nowMs);
      for (const { callback } of due) callback();
    },
  };
}
