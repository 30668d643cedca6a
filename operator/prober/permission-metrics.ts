/** Metrics of the prober and of attempts on foreign subjects. */
import type { Metrics } from '@flotilla/runtime/metrics.ts';
import type { PermissionBoard } from '../status/permission-board.ts';
import type { ProberOptions } from './prober-loop.ts';

const OUTCOMES = ['enforced', 'leak', 'unanswered', 'failed'] as const;

/** What the metrics need of one tenant. */
export interface PermissionTenant {
  readonly namespace: string;
  readonly permissions: Pick<PermissionBoard, 'leakCount' | 'networkStates'>;
}

export interface PermissionCounts {
  readonly countProbe: ProberOptions['count'];
  /** Counts one attempt on a subject that the principal has no right to. */
  readonly countIncident: () => void;
}

export interface PermissionMetrics {
  /** Functions that count for the principals of one namespace. */
  of(namespace: string): PermissionCounts;
  /** Notes how many gateways may do at the store what they must not. */
  readonly noteStoreLeaks: (gatewayCount: number) => void;
}

/** Registers the metrics. Label `tenant`: the namespace. */
export function registerPermissionMetrics(
  metrics: Pick<Metrics, 'counter' | 'gauge'>,
  tenants: () => readonly PermissionTenant[],
): PermissionMetrics {
  const probes = metrics.counter('permission_probes_total', 'Probes of the permissions of one principal, by outcome', [
    'tenant',
    'outcome',
  ]);
  metrics.gauge('permission_leaks', 'Principals that reach what they must not reach, by the last probe', ['tenant'], (gauge) => {
    gauge.reset();
    for (const { namespace, permissions } of tenants()) gauge.set({ tenant: namespace }, permissions.leakCount());
  });
  metrics.gauge(
    'permission_networks',
    'Principals with a pod, by what the last report of the pod proves of its network',
    ['tenant', 'state'],
    (gauge) => {
      gauge.reset();
      for (const { namespace, permissions } of tenants()) {
        for (const [state, count] of Object.entries(permissions.networkStates())) gauge.set({ tenant: namespace, state }, count);
      }
    },
  );
  const storeLeaks = metrics.gauge('permission_store_leaks', 'Gateways that may do at the store what they must not, by the last probe', []);
  storeLeaks.set(0);
  const incidents = metrics.counter('forbidden_attempts_total', 'Attempts of principals on subjects that they have no right to', [
    'tenant',
  ]);
  return {
    of(tenant) {
      for (const outcome of OUTCOMES) probes.inc({ tenant, outcome }, 0);
      incidents.inc({ tenant }, 0);
      return { countProbe: (outcome) => probes.inc({ tenant, outcome }), countIncident: () => incidents.inc({ tenant }) };
    },
    noteStoreLeaks: (count) => storeLeaks.set(count),
  };
}
