/** Metrics of changes by hand. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Metrics } from '@flotilla/runtime/metrics.ts';
import { DRIFT_KINDS } from './drift.ts';
import type { DriftCounts } from './tell-drift.ts';

/** A change that lasts is noted at every look of the operator. This is three looks. */
const LASTING_MS_MAX = 65_000;

/** Registers the metrics. Label `tenant`: the namespace. The result gives the functions that count for one namespace. */
export function registerDriftMetrics(
  metrics: Pick<Metrics, 'counter' | 'gauge'>,
  clock: Pick<Clock, 'monotonicMs'>,
): (namespace: string) => DriftCounts {
  const repaired = metrics.counter('drift_repaired_total', 'Changes by hand that the operator put back, by what was changed', [
    'tenant',
    'what',
  ]);
  /** By namespace, by kind, then by name: the time of the last note. */
  const lasting = new Map<string, ReadonlyMap<string, Map<string, number>>>();
  metrics.gauge('drift_lasting', 'Changes by hand that the server does not take back, by what was changed', ['tenant', 'what'], (gauge) => {
    const nowMs = clock.monotonicMs();
    for (const [tenant, kinds] of lasting) {
      for (const [what, notes] of kinds) {
        for (const [name, atMs] of notes) if (nowMs - atMs > LASTING_MS_MAX) notes.delete(name);
        gauge.set({ tenant, what }, notes.size);
      }
    }
  });
  return (tenant) => {
    for (const what of DRIFT_KINDS) repaired.inc({ tenant, what }, 0);
    const kinds = lasting.get(tenant) ?? new Map(DRIFT_KINDS.map((what) => [what, new Map<string, number>()]));
    lasting.set(tenant, kinds);
    return {
      repaired: (what) => repaired.inc({ tenant, what }),
      lasting: (what, name) => void kinds.get(what)?.set(name, clock.monotonicMs()),
    };
  };
}
