/** Metrics of the prober and of attempts on foreign subjects. */
import type { Metrics } from '@flotilla/runtime/metrics.ts';
import type { PermissionBoard } from '../status/permission-board.ts';
import type { ProberOptions } from './prober-loop.ts';

const OUTCOMES = ['enforced', 'leak', 'unanswered', 'failed'] as const;

export interface PermissionCounts {
  readonly countProbe: ProberOptions['count'];
  /** Counts one attempt on a subject that the principal has no right to. */
  readonly countIncident: () => void;
}

/** Registers the metrics. Gives the functions that count. */
export function registerPermissionMetrics(
  metrics: Pick<Metrics, 'counter' | 'gauge'>,
  board: Pick<PermissionBoard, 'leakCount'>,
): PermissionCounts {
  const probes = metrics.counter('permission_probes_total', 'Probes of the permissions of one principal, by outcome', ['outcome']);
  for (const outcome of OUTCOMES) probes.inc({ outcome }, 0);
  metrics.gauge('permission_leaks', 'Principals that reach what they must not reach, by the last probe', [], (gauge) => {
    gauge.set(board.leakCount());
  });
  const incidents = metrics.counter('forbidden_attempts_total', 'Attempts of principals on subjects that they have no right to', []);
  incidents.inc(0);
  return { countProbe: (outcome) => probes.inc({ outcome }), countIncident: () => incidents.inc() };
}
