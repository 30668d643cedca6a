/** The machine's own time: with rng.ts the only place of the services that may ask for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@flotilla/contracts/ports.ts';

/** Timers do not keep the process alive on their own account: a service lives by its servers and connections. */
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
