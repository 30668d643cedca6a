/** Why the operator could not write to the bus: the bus is away, or it refused this write. For the conditions of every kind. */
import type { Attempt } from '../status/attempt.ts';
import type { BusProblem } from './obstacles.ts';

export function busAwayOf(bus: { problem(): string | undefined }): BusProblem<'BusUnavailable'> | undefined {
  const problem = bus.problem();
  return problem === undefined ? undefined : { reason: 'BusUnavailable', message: `${problem}; goes on by itself when the bus returns` };
}

/** @param written the last write for the object; undefined when there was none */
export function busProblemOf(bus: { problem(): string | undefined }, written?: Attempt<unknown>): BusProblem | undefined {
  const away = busAwayOf(bus);
  if (away !== undefined) return away;
  return written?.ok === false ? { reason: 'BusWriteFailed', message: `${written.error.message}; the operator retries` } : undefined;
}
