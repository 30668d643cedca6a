/**
 * Remembers which KillSwitch has engaged which portfolio, for the halt register: a KillSwitch that is deleted at once, even before the operator
 * has set its finalizer, still halts everything in its scope once.
 */
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { deletionOverrideOf } from '../fleet/deletion-override.ts';
import { isInScope, killSwitchSpecOf } from '../fleet/kill-switch-scope.ts';
import { type EngagedSwitch, tightnessOf } from './plan-halt.ts';

/** KillSwitches that are gone and have not engaged everything yet. */
const DEPARTED_MAX = 256;

export interface Engagements {
  observe(killSwitch: ResourceObject): void;
  /** True when the KillSwitch, which is gone, still has to engage something. */
  forget(killSwitch: ResourceObject): boolean;
  /** The KillSwitches among `objects`, and those that are gone too early, with the portfolio in scope. */
  switchesOf(portfolio: string, objects: readonly ResourceObject[]): readonly EngagedSwitch[];
  /** The record stands on the bus: every KillSwitch that it is as tight as has engaged the portfolio. */
  stands(portfolio: string, record: HaltRecord, switches: readonly EngagedSwitch[]): void;
}

export interface EngagementsOptions {
  readonly portfolios: () => readonly string[];
  readonly namespace: string;
  readonly clock: Pick<Clock, 'nowMs'>;
}

interface Seen {
  readonly observedAt: string;
  readonly engaged: Set<string>;
}

export function makeEngagements({ portfolios, namespace, clock }: EngagementsOptions): Engagements {
  /** By uid. */
  const seen = new Map<string, Seen>();
  const departed = new Map<string, ResourceObject>();

  const seenOf = (uid: string): Seen => {
    const held = seen.get(uid);
    if (held !== undefined) return held;
    const fresh = { observedAt: formatTime(clock.nowMs()), engaged: new Set<string>() };
    seen.set(uid, fresh);
    return fresh;
  };
  const isLeftToEngage = (object: ResourceObject): boolean => {
    const spec = killSwitchSpecOf(object);
    const { engaged } = seenOf(object.metadata.uid ?? '');
    const isOpen = (name: string): boolean => isInScope(spec, namespace, name) && !engaged.has(name);
    return !isToldEngaged(object, namespace) && portfolios().some(isOpen);
  };
  const drop = (uid: string): void => {
    seen.delete(uid);
    departed.delete(uid);
  };

  return {
    observe: ({ metadata }) => void seenOf(metadata.uid ?? ''),
    forget(object) {
      const { uid = '' } = object.metadata;
      if (departed.size >= DEPARTED_MAX || !isLeftToEngage(object)) {
        drop(uid);
        return false;
      }
      const deletionTimestamp = object.metadata.deletionTimestamp ?? formatTime(clock.nowMs());
      departed.set(uid, { ...object, metadata: { ...object.metadata, deletionTimestamp } });
      return true;
    },
    switchesOf(portfolio, objects) {
      const gone = [...departed.values()].filter(({ metadata }) => !seenOf(metadata.uid ?? '').engaged.has(portfolio));
      return [...objects, ...gone].flatMap((object) => {
        const spec = killSwitchSpecOf(object);
        const { uid = '', name, creationTimestamp = '', deletionTimestamp } = object.metadata;
        if (!isInScope(spec, namespace, portfolio)) return [];
        const { observedAt, engaged } = seenOf(uid);
        const hasEngaged = engaged.has(portfolio) || isToldEngaged(object, namespace);
        const override = deletionOverrideOf(object);
        const { mode, reason } = spec;
        const deleting = deletionTimestamp !== undefined;
        return { uid, name, mode, reason, deleting, hasEngaged, override, createdAt: creationTimestamp, observedAt };
      });
    },
    stands(portfolio, record, switches) {
      for (const one of switches)
        if (tightnessOf(record) >= tightnessOf({ state: 'ENGAGED', mode: one.mode })) seenOf(one.uid).engaged.add(portfolio);
      for (const [uid, object] of departed) if (!isLeftToEngage(object)) drop(uid);
    },
  };
}

/** An operator that was restarted reads in the status that the KillSwitch has engaged what was in its scope. */
function isToldEngaged({ status }: ResourceObject, namespace: string): boolean {
  const entry = (status as KillSwitchStatus | undefined)?.namespaces?.find((one) => one.namespace === namespace);
  return entry !== undefined && entry.reason !== 'BusUnavailable';
}
