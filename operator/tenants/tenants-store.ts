/** Keeps the users of the gateways of every tenant at the store, and proves what they may not do. One loop for the whole installation, because the store is one. */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { type Cluster, fencedCluster, type KernelLogger, makeFence, type Term } from '@flotilla/kube/mod.ts';
import { occurrenceId } from '../incidents/occurrence-id.ts';
import { startAccessTeller } from '../access-log/access-teller.ts';
import { type Leading, WHOLE_NAMESPACE } from '../lead-tenant.ts';
import { startStore, type StartStoreOptions, type StoreOptions } from '../store/start-store.ts';
import type { StoreLoop } from '../store/store-loop.ts';
import type { Tenant } from './start-tenant.ts';

export interface TenantsStoreOptions {
  readonly store: StoreOptions;
  tenants(): readonly Tenant[];
  /**
   * Namespaces whose gateways have a user, those that the operator is about to serve included: an operator that has just started must not take their
   * users away. Undefined: not known yet.
   */
  served(): readonly string[] | undefined;
  /** The namespace of the installation. */
  readonly own: Tenant;
  readonly term: Term;
  readonly cluster: Cluster;
  readonly noteLeaks: StartStoreOptions['noteLeaks'];
  readonly countProbe: StartStoreOptions['count'];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: KernelLogger;
}

export function startTenantsStore(options: TenantsStoreOptions): StoreLoop {
  const { store, own, term, clock, rng, logger } = options;
  const auditOf = (namespace: string): Leading['audit'] => {
    const leading = options
      .tenants()
      .find((tenant) => tenant.namespace === namespace)
      ?.leading();
    if (leading !== undefined) return leading.audit;
    throw new FlotillaError('BUS_UNAVAILABLE', `the operator does not lead namespace ${namespace} at the moment`);
  };
  const accesses = startAccessTeller({
    audit: async (portfolio, id, action, details) => auditOf(own.namespace)(portfolio ?? WHOLE_NAMESPACE, id, action, details),
    clock,
    logger,
  });
  const loop = startStore({
    ...options,
    ...store,
    accesses,
    isReady: () => options.served() !== undefined,
    namespaces() {
      const served = options.served();
      if (served !== undefined) return served;
      throw new FlotillaError('BUS_UNAVAILABLE', 'the operator does not know yet which namespaces it serves');
    },
    fence: makeFence(term),
    cluster: fencedCluster(options.cluster, term),
    tellDrift: (drift) => own.leading()?.tellDrift(drift),
    async tellLeak(namespace, leaks) {
      const id = occurrenceId(`store leak ${namespace}`, rng);
      const tenant = options
        .tenants()
        .find((one) => one.namespace === namespace)
        ?.leading();
      if (tenant === undefined)
        throw new FlotillaError('BUS_UNAVAILABLE', `the operator does not lead namespace ${namespace} at the moment`);
      await tenant.audit('all', id, 'PERMISSION_LEAKED', { principal: 'gateway', leaks: `store: ${leaks.join(', ')}` });
    },
    count: options.countProbe,
  });
  return { wake: (reason) => loop.wake(reason), stop: async () => void (await Promise.all([loop.stop(), accesses.stop()])) };
}
