/** The gauge of the tenant namespaces. */
import type { Metrics } from '@flotilla/runtime/metrics.ts';
import type { TenantState } from './keep-tenants.ts';

/** Registers `flotilla_tenants{tenant,state}`: 1 for the state of each namespace. @param own the namespace of the installation, which is served in any case */
export function registerTenantMetrics(metrics: Pick<Metrics, 'gauge'>, own: string, states: () => ReadonlyMap<string, TenantState>): void {
  metrics.gauge(
    'flotilla_tenants',
    '1 for the state of each tenant namespace (Opening, Serving, Leaving, Missing, Ending)',
    ['tenant', 'state'],
    (gauge) => {
      gauge.reset();
      gauge.set({ tenant: own, state: 'Serving' }, 1);
      for (const [tenant, state] of states()) gauge.set({ tenant, state }, 1);
    },
  );
}
