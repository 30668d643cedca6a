/** Runs work whose operating errors are facts for a status, for every controller. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';

/** Result of work, or the operating error that ended it. */
export type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: FlotillaError };

/** Runs optional work. Stops waiting after `ms`, ignores operating errors, rethrows bugs. */
export async function withinMs(clock: Pick<Clock, 'sleep'>, ms: number, work: () => Promise<unknown>): Promise<void> {
  await Promise.race([attempt(work), clock.sleep(ms)]);
}

/** Catches operating errors; rethrows bugs. */
export async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof FlotillaError) return { ok: false, error };
    throw error;
  }
}
