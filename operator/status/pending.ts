/**
 * Delays the first status of a new object. The object says `Pending` by the default of its CRD. When it becomes Ready within moments, only Ready is
 * written and no step on the way, so a thousand new objects cost a thousand writes less.
 */
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { isUnseen } from './standard-conditions.ts';

export interface Pending {
  /** Milliseconds for which the operator need not write a step on the way of the object. 0: write the step now. */
  leftMs(object: ResourceObject): number;
}

/** Counts `maxMs` from the first call for an object. Gives 0 for an object whose status an operator has written before. */
export function makePending(clock: Pick<Clock, 'monotonicMs'>, maxMs: number): Pending {
  /** Keyed by spec object, which a cache keeps while the spec stays equal and forgets with the object. */
  const sinceMs = new WeakMap<object, number>();
  return {
    leftMs(object) {
      const { spec } = object;
      if (!isUnseen(object) || object.metadata.deletionTimestamp !== undefined || typeof spec !== 'object' || spec === null) return 0;
      const since = sinceMs.get(spec) ?? clock.monotonicMs();
      sinceMs.set(spec, since);
      return Math.max(0, since + maxMs - clock.monotonicMs());
    },
  };
}
