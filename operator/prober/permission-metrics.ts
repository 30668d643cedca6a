/** Metrics of the prober. */
import type { Metrics } from '@flotilla/runtime/metrics.ts';
import type { PermissionBoard } from '../status/permission-board.ts';
import type { ProberOptions } from './prober-loop.ts';

const OUTCOMES = ['enforced', 'leak', 'unanswered', 'failed'] as const;

/** Registers the metrics. Gives the function that counts probes. */
export function registerPermissionMetrics(
  metrics: Pick<Metrics, 'counter' | 'gauge'>,
  board: Pick<PermissionBoard, 'leakCount'>,
): ProberOptions['count'] {
  const probes = metrics.counter('permission_probes_total', 'Probes of the permissions of one principal, by outcome', ['outcome']);
  for (const outcome of OUTCOMES) probes.inc({ outcome }, 0);
  metrics.gauge('permission_leaks', 'Principals that reach what they must not reach, by the last probe', [], (gauge) => {
    gauge.set(board.leakCount());
  });
  return (outcome) => probes.inc({ outcome });
}
