import type { Clock } from '@flotilla/contracts/ports.ts';
import { FlotillaError } from '@flotilla/contracts/errors.ts';

/** How far an attempt came: a dependency that is away is a fact for the status, and a reason to try again. */
export type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: FlotillaError };

/** Gives up on it after that time, and when it fails for what is no bug: for what is welcome and not needed. */
export async function withinMs(clock: Pick<Clock, 'sleep'>, ms: number, work: () => Promise<unknown>): Promise<void> {
  await Promise.race([attempt(work), clock.sleep(ms)]);
}

/** Catches operating errors alone: a bug goes on its way. */
export async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof FlotillaError) return { ok: false, error };
    throw error;
  }
}
