/** Starts the watches that keep live copies of everything the controllers read. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import {
  type Cluster,
  type KernelLogger,
  type KubeObject,
  KUBERNETES_TYPES,
  NAMESPACE_INDEX,
  namespaceKeys,
  namespaceView,
  unsubscribeOnAbort,
  objectKey,
  type Reflector,
  type ReflectorOptions,
  type ResourceType,
  startReflector,
} from '@flotilla/kube/mod.ts';
import { PERSON_ROLE_LABEL } from '@flotilla/contracts/access/person.ts';
import { FIELD_MANAGER, KINDS } from './kinds.ts';
import type { DeploymentObject } from './workload/deployment-state.ts';
import { MANAGED_SELECTOR } from './workload/labels.ts';

/** Live copies of our own kinds. */
export interface KindWatches {
  readonly portfolios: Reflector<ResourceObject>;
  /**
   * Index `portfolio`: `<namespace>/<portfolio>`; index `policy`: `<namespace>/<policy>`; index `role`: `<namespace>/<agent role>`; index `source`:
   * `<namespace>/<signal source>`.
   */
  readonly strategies: Reflector<ResourceObject>;
  readonly riskPolicies: Reflector<ResourceObject>;
  readonly agentRoles: Reflector<ResourceObject>;
  readonly signalSources: Reflector<ResourceObject>;
  readonly killSwitches: Reflector<ResourceObject>;
}

/** What the controllers of one tenant namespace read. The kinds show the objects of that namespace alone. */
export interface Watches extends KindWatches {
  /** The Portfolios of every namespace that the operator reads. */
  readonly everyPortfolio: Reflector<ResourceObject>;
  /** Whether these are all namespaces of the cluster. */
  readonly readsEveryNamespace: boolean;
  /** Deployments that the operator made in the tenant namespace. The next watches are limited in the same way. */
  readonly deployments: Reflector<DeploymentObject>;
  readonly serviceAccounts: Reflector;
  /** ServiceAccounts of people, which the operator does not make. */
  readonly people: Reflector;
  readonly networkPolicies: Reflector;
  readonly configMaps: Reflector;
  readonly services: Reflector;
  readonly volumeClaims: Reflector;
  readonly all: readonly Reflector[];
}

export interface WatchOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: KernelLogger;
}

/** Our kinds that live in namespaces. */
export type NamespacedKinds = Omit<KindWatches, 'killSwitches'>;

/** Watches our kinds that live in namespaces. @param namespace the only one that is read; undefined: every namespace */
export function startKindWatches({ cluster, clock, rng, logger }: WatchOptions, namespace?: string): NamespacedKinds {
  const start = (type: ResourceType, indexes: ReflectorOptions<ResourceObject>['indexes'] = {}): Reflector<ResourceObject> =>
    startReflector<ResourceObject>({
      cluster,
      type,
      clock,
      rng,
      logger,
      scope: namespace === undefined ? {} : { namespace },
      indexes: { [NAMESPACE_INDEX]: namespaceKeys, ...indexes },
    });
  return {
    portfolios: start(KINDS.portfolio, { policy: (object) => referenceKeys(object, 'riskPolicyRef') }),
    strategies: start(KINDS.strategy, {
      portfolio: (object) => referenceKeys(object, 'portfolioRef'),
      policy: (object) => referenceKeys(object, 'riskPolicyRef'),
      role: (object) => referenceKeys(object, 'agentRoleRef'),
      source: sourceKeys,
    }),
    riskPolicies: start(KINDS.riskPolicy),
    agentRoles: start(KINDS.agentRole),
    signalSources: start(KINDS.signalSource),
  };
}

/** KillSwitches belong to no namespace, so every operator reads all of them. */
export function startKillSwitchWatch({ cluster, clock, rng, logger }: WatchOptions): Reflector<ResourceObject> {
  return startReflector<ResourceObject>({ cluster, type: KINDS.killSwitch, clock, rng, logger });
}

export interface TenantWatches {
  readonly watches: Watches;
  /** Reflectors that nothing but this tenant uses. */
  readonly own: readonly Reflector[];
}

/** The watches of one tenant: of our kinds, and of what the operator made in the namespace. @param shared the kinds of every namespace; undefined: this tenant reads its own namespace alone */
export function startTenantWatches(
  killSwitches: Reflector<ResourceObject>,
  shared: NamespacedKinds | undefined,
  namespace: string,
  options: WatchOptions,
): TenantWatches {
  const { cluster, clock, rng, logger } = options;
  const kinds = shared ?? startKindWatches(options, namespace);
  const own: Reflector[] = shared === undefined ? Object.values(kinds) : [];
  const start = <T extends KubeObject>(type: ResourceType, more: Partial<ReflectorOptions<T>> = {}): Reflector<T> => {
    const reflector = startReflector<T>({ cluster, type, clock, rng, logger, ...more });
    own.push(reflector);
    return reflector;
  };
  const managed = { scope: { namespace, labelSelector: MANAGED_SELECTOR } };
  const managedMetadata = { scope: { ...managed.scope, metadataOnly: true } };
  const { portfolios, strategies, riskPolicies, agentRoles, signalSources } = kinds;
  const views: KindWatches = {
    portfolios: namespaceView(portfolios, namespace),
    strategies: namespaceView(strategies, namespace),
    riskPolicies: namespaceView(riskPolicies, namespace),
    agentRoles: namespaceView(agentRoles, namespace),
    signalSources: namespaceView(signalSources, namespace),
    killSwitches,
  };
  const made = {
    // The operator puts Deployments and NetworkPolicies back whole, so it has to see the fields of other managers.
    deployments: start<DeploymentObject>(KUBERNETES_TYPES.deployment, { ...managed, isOwnManager: (name) => name === FIELD_MANAGER }),
    serviceAccounts: start(KUBERNETES_TYPES.serviceAccount, managed),
    people: start(KUBERNETES_TYPES.serviceAccount, { scope: { namespace, labelSelector: PERSON_ROLE_LABEL, metadataOnly: true } }),
    networkPolicies: start(KUBERNETES_TYPES.networkPolicy, { ...managed, isOwnManager: (name) => name === FIELD_MANAGER }),
    configMaps: start(KUBERNETES_TYPES.configMap, managed),
    services: start(KUBERNETES_TYPES.service, managed),
    volumeClaims: start(KUBERNETES_TYPES.persistentVolumeClaim, managedMetadata),
  };
  return {
    watches: {
      ...views,
      everyPortfolio: portfolios,
      readsEveryNamespace: shared !== undefined,
      ...made,
      all: [...Object.values(views), ...Object.values(made)],
    },
    own,
  };
}

/**
 * All watches but the one of people, so that each kind has one watch. Gauges and events find the watch of an object by its kind, and the operator
 * writes no person.
 */
export function workWatches({ all, people }: Watches): readonly Reflector[] {
  return all.filter((reflector) => reflector !== people);
}

/** A view of the same watches. Removes every listener added through this view when `signal` aborts. */
export function watchesUntil(watches: Watches, signal: AbortSignal): Watches {
  const views = new Map([...watches.all, watches.everyPortfolio].map((reflector) => [reflector, unsubscribeOnAbort(reflector, signal)]));
  const entries = Object.entries(watches).map(([name, value]) => [name, views.get(value as Reflector) ?? value] as const);
  return { ...(Object.fromEntries(entries) as unknown as Watches), all: watches.all.map((reflector) => views.get(reflector) ?? reflector) };
}

/** `<namespace>/<name>` of what a field of the spec refers to, in a list for an index; empty when it refers to nothing. */
export function referenceKeys(object: ResourceObject, field: 'portfolioRef' | 'riskPolicyRef' | 'agentRoleRef'): readonly string[] {
  const reference = (object.spec as { readonly [key: string]: { readonly name?: unknown } | undefined } | undefined)?.[field];
  return typeof reference?.name === 'string' ? [objectKey({ namespace: object.metadata.namespace, name: reference.name })] : [];
}

/** Key of the SignalSource that the parameters of a Strategy name, in a list for an index; empty when they name none. */
export function sourceKeys({ metadata, spec }: ResourceObject): readonly string[] {
  const source = (spec as { readonly parameters?: { readonly source?: unknown } } | undefined)?.parameters?.source;
  return typeof source === 'string' ? [objectKey({ namespace: metadata.namespace, name: source })] : [];
}
