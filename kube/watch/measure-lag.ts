/** Measures how far a watch is behind the writes of its own process. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import { compareResourceVersions } from '../objects/resource-version.ts';

/** The lag is the time from the answer to an own write until the watch tells of that version or a later one. */
export interface LagMeasure {
  /** Notes that a write was answered with this version, while the watch had reached `seen`. One write is followed at a time. */
  written(resourceVersion: string, seen: string): void;
  seen(resourceVersion: string): void;
  lagMs(): number;
}

export function measureLag(clock: Pick<Clock, 'monotonicMs'>): LagMeasure {
  let awaited: { readonly resourceVersion: string; readonly sinceMs: number } | undefined;
  let lastMs = 0;
  return {
    written(resourceVersion, seen) {
      if (awaited !== undefined) return;
      if (compareResourceVersions(resourceVersion, seen) > 0) awaited = { resourceVersion, sinceMs: clock.monotonicMs() };
    },
    seen(resourceVersion) {
      if (awaited === undefined || compareResourceVersions(resourceVersion, awaited.resourceVersion) < 0) return;
      lastMs = clock.monotonicMs() - awaited.sinceMs;
      awaited = undefined;
    },
    lagMs: () => (awaited === undefined ? lastMs : Math.max(lastMs, clock.monotonicMs() - awaited.sinceMs)),
  };
}
