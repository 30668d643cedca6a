/**
 * A new object says `Pending` by the default of its CRD. When it is Ready within moments, that is what is worth a write, and not each step on the
 * way: a thousand objects that come at once cost a thousand writes less.
 */
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { isUnseen } from './standard-conditions.ts';

export interface Pending {
  /** Milliseconds for which a step on the way of this object need not be told yet; 0: tell it. */
  leftMs(object: ResourceObject): number;
}

/** `maxMs` from the first question about an object on; no time at all, when something was said of it before. */
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
