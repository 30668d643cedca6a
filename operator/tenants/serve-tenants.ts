/** Every tenant of one operator: the namespace of the installation and the others, with what they share. For `start-operator.ts`. */
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import type { OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import { type ControlMetrics, makeControlMetrics, poolControlMetrics, type Reflector, type Term, withFields } from '@flotilla/kube/mod.ts';
import { registerDriftMetrics } from '../drift/drift-metrics.ts';
import { registerPermissionMetrics } from '../prober/permission-metrics.ts';
import type { OperatorOptions } from '../operator-options.ts';
import { watchResources } from '../status/resource-metrics.ts';
import type { StoreLoop } from '../store/store-loop.ts';
import { startKillSwitchWatch, startKindWatches } from '../watches.ts';
import type { WorkloadSettings } from '../workload/settings.ts';
import { keepTenants, type Tenants } from './keep-tenants.ts';
import { makeTurns } from './make-turns.ts';
import { startTenant, type Tenant } from './start-tenant.ts';
import { registerTenantMetrics } from './tenant-metrics.ts';
import { startTenantsStore, type TenantsStoreOptions } from './tenants-store.ts';

export interface ServedTenants {
  /** The tenant of the namespace of the installation. */
  readonly own: Tenant;
  /** Metrics of the whole process. */
  readonly control: ControlMetrics;
  all(): readonly Tenant[];
  /** Every reflector that runs. */
  reflectors(): readonly Reflector[];
  lead(term: Term): void;
  /** Ends the controllers. Resolves when they have ended. */
  end(): Promise<void>;
  stop(): Promise<void>;
}

export function serveTenants(options: OperatorOptions): ServedTenants {
  const { bus, settings, clock, logger, metrics } = options;
  const { namespace: ownNamespace } = settings;
  const control = makeControlMetrics(metrics);
  const openMetrics = poolControlMetrics(control);
  const killSwitches = startKillSwitchWatch(options);
  const kinds = options.tenants?.reads === 'Namespace' ? undefined : startKindWatches(options);
  const shared: readonly Reflector[] = [killSwitches, ...Object.values(kinds ?? {})];
  const [probeTurn, askTurn] = [makeTurns(), makeTurns()];
  let others: Tenants | undefined;
  let store: StoreLoop | undefined;
  const all = (): readonly Tenant[] => [own, ...(others?.running() ?? [])];
  const permissions = registerPermissionMetrics(metrics, () => all());
  const countDrift = registerDriftMetrics(metrics, clock);
  const start = (namespace: string, tenantBus: NatsBus, identity: OperatorIdentity): Tenant =>
    startTenant({
      ...options,
      bus: tenantBus,
      identity,
      installation: { bus, isOwn: namespace === ownNamespace },
      killSwitches,
      kinds,
      settings: tenantSettings(settings, namespace),
      metrics: openMetrics(),
      logger: namespace === ownNamespace ? logger : withFields(logger, { namespace }),
      probeTurn,
      askTurn,
      counts: { ...permissions.of(namespace), countDrift: countDrift(namespace) },
    });
  const own = start(ownNamespace, bus, options.identity);
  if (options.tenants !== undefined)
    others = keepTenants({
      ...options,
      ...options.tenants,
      own: ownNamespace,
      kinds,
      start,
      // The gateway of a new tenant waits for its login, and that of a former one keeps its login no longer.
      onChange: () => store?.wake('the tenants have changed'),
    });
  watchResources(metrics, () => ({ killSwitches, tenants: all() }));
  registerTenantMetrics(metrics, ownNamespace, () => others?.states() ?? new Map());

  return {
    own,
    control,
    all,
    reflectors: () => [...shared, ...all().flatMap(({ ownReflectors }) => ownReflectors)],
    lead(term) {
      own.lead(term);
      others?.lead(term);
      const known = { tenants: all, served: () => servedBy(ownNamespace, others), own, term };
      store = leadStore(options, known, permissions);
    },
    async end() {
      const ending = store;
      store = undefined;
      await Promise.all([own.end(), others?.end(), ending?.stop()]);
    },
    async stop() {
      await others?.stop();
      await Promise.all([own.stop(), ...shared.map((reflector) => reflector.stop())]);
    },
  };
}

/** Undefined for a store whose users a person keeps. */
function leadStore(
  options: OperatorOptions,
  known: Pick<TenantsStoreOptions, 'tenants' | 'served' | 'own' | 'term'>,
  permissions: ReturnType<typeof registerPermissionMetrics>,
): StoreLoop | undefined {
  if (options.store === undefined) return undefined;
  const { countProbe } = permissions.of(known.own.namespace);
  return startTenantsStore({ ...options, ...known, store: options.store, noteLeaks: permissions.noteStoreLeaks, countProbe });
}

/** @param others undefined: the operator serves its own namespace alone */
function servedBy(own: string, others: Tenants | undefined): readonly string[] | undefined {
  const names = others === undefined ? [] : others.served();
  return names === undefined ? undefined : [own, ...names];
}

/** What belongs to the namespace of the installation alone is not handed to another. */
function tenantSettings(settings: WorkloadSettings, namespace: string): WorkloadSettings {
  return namespace === settings.namespace ? settings : { ...settings, namespace, gatewayNodePort: undefined, auditKeySecret: undefined };
}
