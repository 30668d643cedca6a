/** Lists the requests and events of a fault-free run of a scenario: the points for faults. Pure. */
import type { LoggedRequest } from './proxy/strike-request.ts';
import { signatureOf } from './proxy/api-request.ts';
import type { ScenarioName } from './scenarios.ts';
import type { TruthEvent } from './world/recorder.ts';

export interface WritePoint {
  readonly what: string;
  readonly nth: number;
}

export interface ScenarioPoints {
  readonly writes: readonly WritePoint[];
  /** Number of events of its watch, by resource. */
  readonly events: Readonly<Record<string, number>>;
}

export type Catalogue = Readonly<Record<ScenarioName, ScenarioPoints>>;

export function pointsOf(log: readonly LoggedRequest[], history: readonly TruthEvent[]): ScenarioPoints {
  const counts = new Map<string, number>();
  const writes = log.flatMap(({ request }) => {
    if (!request.isWrite || request.resource === 'leases') return [];
    const what = signatureOf(request);
    const nth = (counts.get(what) ?? 0) + 1;
    counts.set(what, nth);
    return [{ what, nth }];
  });
  const events: Record<string, number> = {};
  for (const { resource } of history) if (resource !== 'leases') events[resource] = (events[resource] ?? 0) + 1;
  return { writes, events };
}
