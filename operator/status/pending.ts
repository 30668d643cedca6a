/**
 * Delays the first status of a new object. The object says `Pending` by the default of its CRD. When it becomes Ready within moments, only Ready is
 * written and no step on the way, so a thousand new objects cost a thousand writes less.
 */
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { isUnseen } from './standard-conditions.ts';

export interface Pending {
  /** Milliseconds for which a step on the way of the object need not be written yet; 0: write it. */
  leftMs(object: ResourceObject): number;
}

/** Counts `maxMs` from the first question about an object; 0 for an object whose status an operator has written before. */
export function makePending(clock: Pick<Clock, 'monotonicMs'>, maxMs: number): Pending {
  /** By spec: a cache keeps it while it stays equal, and forgets it with the object. */
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
