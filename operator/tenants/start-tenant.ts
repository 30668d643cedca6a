/** One tenant namespace: live copies of what the operator reads there, and controllers while the operator leads. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { type Controller, type PooledMetrics, type Reflector, startSampling, type Term } from '@flotilla/kube/mod.ts';
import { type Leading, type LeadOptions, leadTenant, type TenantParts } from '../lead-tenant.ts';
import { makeStatusBoard } from '../provision/status-board.ts';
import { startStatusFeed } from '../provision/status-feed.ts';
import { makePermissionBoard, type PermissionBoard } from '../status/permission-board.ts';
import { type NamespacedKinds, startTenantWatches, type Watches, workWatches } from '../watches.ts';

/** Functions that count for this tenant. */
export type TenantCounts = Pick<LeadOptions, 'countProbe' | 'countIncident' | 'countDrift'>;

/** The tenant does not close `bus`. */
export interface StartTenantOptions extends TenantParts {
  readonly killSwitches: Reflector<ResourceObject>;
  /** Our kinds in every namespace; undefined: the operator reads them in this namespace alone. */
  readonly kinds: NamespacedKinds | undefined;
  readonly metrics: PooledMetrics;
  readonly counts: TenantCounts;
}

export interface Tenant {
  readonly namespace: string;
  readonly watches: Watches;
  /** Reflectors of this tenant alone. */
  readonly ownReflectors: readonly Reflector[];
  readonly permissions: PermissionBoard;
  /** The parts that run while the operator leads; undefined while it does not. */
  leading(): Leading | undefined;
  controllers(): readonly Controller[];
  /** Begins to lead for one term. */
  lead(term: Term): void;
  /** Ends the controllers. Resolves when they have ended. */
  end(): Promise<void>;
  /** Ends everything of this tenant but its bus. */
  stop(): Promise<void>;
}

export function startTenant(options: StartTenantOptions): Tenant {
  const { bus, settings, clock, logger, metrics, killSwitches, kinds } = options;
  const { namespace } = settings;
  const { watches, own } = startTenantWatches(killSwitches, kinds, namespace, options);
  const board = makeStatusBoard(clock);
  const permissions = makePermissionBoard(clock);
  const feed = startStatusFeed(bus, board, logger);
  let leading: Leading | undefined;
  let ended: Promise<void> = Promise.resolve();
  const controllers = (): readonly Controller[] => leading?.controllers ?? [];
  const sampling = startSampling({ reflectors: workWatches(watches), controllers, metrics, clock });

  const end = (): Promise<void> => {
    ended = Promise.all([ended, leading?.stop()]).then(() => undefined);
    leading = undefined;
    return ended;
  };
  return {
    namespace,
    watches,
    ownReflectors: own,
    permissions,
    leading: () => leading,
    controllers,
    lead(term) {
      leading = leadTenant({ ...options, ...options.counts, term, watches, board, permissions, feed });
    },
    end,
    async stop() {
      await end();
      sampling.stop();
      metrics.close();
      await Promise.all([feed.stop(), ...own.map((reflector) => reflector.stop())]);
    },
  };
}
