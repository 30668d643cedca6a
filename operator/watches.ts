/** Starts the watches that keep live copies of everything the controllers read. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import {
  type Cluster,
  type KernelLogger,
  type KubeObject,
  KUBERNETES_TYPES,
  unsubscribeOnAbort,
  objectKey,
  type Reflector,
  type ReflectorOptions,
  type ResourceType,
  startReflector,
} from '@flotilla/kube/mod.ts';
import { FIELD_MANAGER, KINDS } from './kinds.ts';
import type { DeploymentObject } from './workload/deployment-state.ts';
import { MANAGED_SELECTOR } from './workload/labels.ts';

export interface Watches {
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
  /** Deployments that the operator made in the tenant namespace. The next watches are limited in the same way. */
  readonly deployments: Reflector<DeploymentObject>;
  readonly serviceAccounts: Reflector;
  readonly networkPolicies: Reflector;
  readonly configMaps: Reflector;
  readonly services: Reflector;
  readonly volumeClaims: Reflector;
  /** Metadata of all Secrets of the tenant namespace, never their content. */
  readonly secrets: Reflector;
  readonly all: readonly Reflector[];
}

export interface WatchOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: KernelLogger;
}

export function startWatches({ cluster, namespace, clock, rng, logger }: WatchOptions): Watches {
  const all: Reflector[] = [];
  const start = <T extends KubeObject>(type: ResourceType, more: Partial<ReflectorOptions<T>> = {}): Reflector<T> => {
    const reflector = startReflector<T>({ cluster, type, clock, rng, logger, ...more });
    all.push(reflector);
    return reflector;
  };
  const managed = { scope: { namespace, labelSelector: MANAGED_SELECTOR } };
  const managedMetadata = { scope: { ...managed.scope, metadataOnly: true } };
  return {
    portfolios: start<ResourceObject>(KINDS.portfolio, { indexes: { policy: (object) => referenceKeys(object, 'riskPolicyRef') } }),
    strategies: start<ResourceObject>(KINDS.strategy, {
      indexes: {
        portfolio: (object) => referenceKeys(object, 'portfolioRef'),
        policy: (object) => referenceKeys(object, 'riskPolicyRef'),
        role: (object) => referenceKeys(object, 'agentRoleRef'),
        source: sourceKeys,
      },
    }),
    riskPolicies: start<ResourceObject>(KINDS.riskPolicy),
    agentRoles: start<ResourceObject>(KINDS.agentRole),
    signalSources: start<ResourceObject>(KINDS.signalSource, { indexes: { secret: (object) => referenceKeys(object, 'secretRef') } }),
    killSwitches: start<ResourceObject>(KINDS.killSwitch),
    // The operator puts Deployments back whole, so it has to see the fields of other managers.
    deployments: start<DeploymentObject>(KUBERNETES_TYPES.deployment, { ...managed, isOwnManager: (name) => name === FIELD_MANAGER }),
    serviceAccounts: start(KUBERNETES_TYPES.serviceAccount, managed),
    networkPolicies: start(KUBERNETES_TYPES.networkPolicy, managed),
    configMaps: start(KUBERNETES_TYPES.configMap, managed),
    services: start(KUBERNETES_TYPES.service, managed),
    volumeClaims: start(KUBERNETES_TYPES.persistentVolumeClaim, managedMetadata),
    secrets: start(KUBERNETES_TYPES.secret, { scope: { namespace, metadataOnly: true } }),
    all,
  };
}

/** A view of the same watches. Removes every listener added through this view when `signal` aborts. */
export function watchesUntil(watches: Watches, signal: AbortSignal): Watches {
  const views = new Map(watches.all.map((reflector) => [reflector, unsubscribeOnAbort(reflector, signal)]));
  const entries = Object.entries(watches).map(([name, value]) => [name, views.get(value as Reflector) ?? value] as const);
  return { ...(Object.fromEntries(entries) as unknown as Watches), all: [...views.values()] };
}

/** `<namespace>/<name>` of what a field of the spec refers to, in a list for an index; empty when it refers to nothing. */
export function referenceKeys(
  object: ResourceObject,
  field: 'portfolioRef' | 'riskPolicyRef' | 'agentRoleRef' | 'secretRef',
): readonly string[] {
  const reference = (object.spec as { readonly [key: string]: { readonly name?: unknown } | undefined } | undefined)?.[field];
  return typeof reference?.name === 'string' ? [objectKey({ namespace: object.metadata.namespace, name: reference.name })] : [];
}

/** Key of the SignalSource that the parameters of a Strategy name, in a list for an index; empty when they name none. */
export function sourceKeys({ metadata, spec }: ResourceObject): readonly string[] {
  const source = (spec as { readonly parameters?: { readonly source?: unknown } } | undefined)?.parameters?.source;
  return typeof source === 'string' ? [objectKey({ namespace: metadata.namespace, name: source })] : [];
}
