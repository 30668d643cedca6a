/** The machine's own time. Services read time only through this file. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@flotilla/contracts/ports.ts';

/** The system clock as the Clock port. A timer that waits keeps the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(delayMs, signal) {
    try {
      await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : error;
    }
  },
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
