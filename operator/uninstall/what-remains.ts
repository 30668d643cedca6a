/** Names the objects that would remain after an uninstall and that only the operator can end. For the job before an uninstall. */
import { type Cluster, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { haltFinalizer, isBound, KINDS, LEGACY_HALT_FINALIZER } from '../kinds.ts';
import type { TenantSelection } from '../tenants/plan-tenants.ts';

/** In the order of deletion: the exec of a Portfolio cancels the open orders of its Strategies. */
const IN_NAMESPACE = [KINDS.strategy, KINDS.portfolio] as const;

export interface Remaining {
  /** `strategies.flotilla.dev/btc-momentum`, … of the namespace. */
  readonly inNamespace: readonly string[];
  /** `killswitches.flotilla.dev/stop`: those with the finalizer of this namespace's operator. */
  readonly killSwitches: readonly string[];
}

export async function whatRemains(cluster: Pick<Cluster, 'list'>, namespace: string): Promise<Remaining> {
  const lists = IN_NAMESPACE.map(async (type) => {
    const { items } = await cluster.list(type, { namespace, metadataOnly: true });
    return items.map(({ metadata }) => nameOf(type, metadata.name));
  });
  const ours = [haltFinalizer(namespace), LEGACY_HALT_FINALIZER];
  const { items } = await cluster.list(KINDS.killSwitch, { metadataOnly: true });
  const held = items.filter(({ metadata }) => metadata.finalizers?.some((finalizer) => ours.includes(finalizer)) === true);
  return {
    inNamespace: (await Promise.all(lists)).flat(),
    killSwitches: held.map(({ metadata }) => nameOf(KINDS.killSwitch, metadata.name)),
  };
}

/** Namespaces in which objects may need this operator. @param own the namespace of the installation */
export async function servedNamespaces(
  cluster: Pick<Cluster, 'list'>,
  own: string,
  selection: TenantSelection | undefined,
): Promise<readonly string[]> {
  switch (selection?.type) {
    case undefined:
      return [own];
    case 'Names':
      return [...new Set([own, ...selection.names])];
    case 'Labels': {
      const { items } = await cluster.list(KUBERNETES_TYPES.namespace, { labelSelector: selection.selector, metadataOnly: true });
      return [...new Set([own, ...items.map(({ metadata }) => metadata.name)])];
    }
    default: {
      const lists = await Promise.all(IN_NAMESPACE.map((type) => cluster.list(type, { metadataOnly: true })));
      const held = lists.flatMap(({ items }) => items.filter(isBound).map(({ metadata }) => metadata.namespace ?? own));
      return [...new Set([own, ...held])];
    }
  }
}

/** Why an uninstall has to wait, and what to do; undefined when the uninstall may go on. */
export function refusal({ inNamespace, killSwitches }: Remaining, namespace: string): string | undefined {
  const count = inNamespace.length + killSwitches.length;
  if (count === 0) return undefined;
  return [
    `expected no Strategy, no Portfolio and no KillSwitch of namespace ${namespace} that the operator still has to end, found ${count}.`,
    'Without the operator they are neither halted nor released, and their finalizers stay. First delete them, in this order, and wait until they are gone:',
    ...inNamespace.map((name) => `  kubectl -n ${namespace} delete ${name}`),
    ...killSwitches.map((name) => `  kubectl delete ${name}`),
    'Then uninstall again. To leave them as they are: helm uninstall --no-hooks. To stay installed: helm rollback to the last revision.',
    ...(killSwitches.length === 0
      ? []
      : [
          `A KillSwitch that stays without an operator can be deleted after its finalizer ${haltFinalizer(namespace)} was removed by hand; see docs/how-to/halt-and-release.md.`,
        ]),
  ].join('\n');
}

function nameOf({ plural, apiVersion }: { readonly plural: string; readonly apiVersion: string }, name: string): string {
  return `${plural}.${apiVersion.split('/')[0]}/${name}`;
}
