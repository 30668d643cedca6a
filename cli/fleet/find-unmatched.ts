/** Finds names of portfolios that do not exist, before a halt is created for them. For `flotilla halt`. */
import { nearestName } from '@flotilla/contracts/resources/nearest-name.ts';
import { kubectlJson } from '../cluster/kubectl.ts';
import type { CliContext } from '../session/context.ts';

export interface PortfolioName {
  readonly namespace: string;
  readonly name: string;
}

export interface Unmatched {
  /** `namespace/name` of each. */
  readonly names: readonly string[];
  /** One line: what exists instead. */
  readonly existing: string;
}

/**
 * Undefined when every portfolio exists, and also when the API server does not say which exist: a halt must not wait for the right to list.
 */
export async function findUnmatched(context: CliContext, wanted: readonly PortfolioName[]): Promise<Unmatched | undefined> {
  const namespaces = [...new Set(wanted.map(({ namespace }) => namespace))];
  try {
    const found = await Promise.all(namespaces.map(async (namespace) => [namespace, await listPortfolios(context, namespace)] as const));
    return unmatchedOf(wanted, new Map(found));
  } catch {
    return undefined;
  }
}

/** Pure; `existing` by namespace. */
export function unmatchedOf(wanted: readonly PortfolioName[], existing: ReadonlyMap<string, readonly string[]>): Unmatched | undefined {
  const unmatched = wanted.filter(({ namespace, name }) => existing.get(namespace)?.includes(name) !== true);
  if (unmatched.length === 0) return undefined;
  const near = unmatched.flatMap(({ namespace, name }) => nearestName(name, existing.get(namespace) ?? []) ?? []);
  const lists = [...existing].map(([namespace, names]) => `namespace ${namespace} has ${names.join(', ') || 'no portfolio'}`);
  return {
    names: unmatched.map(({ namespace, name }) => `${namespace}/${name}`),
    existing: `${near.length === 0 ? '' : `Did you mean ${near.join(', ')}? `}${lists.join('; ').replace(/^n/, 'N')}.`,
  };
}

async function listPortfolios(context: CliContext, namespace: string): Promise<readonly string[]> {
  const { items } = await kubectlJson<{ readonly items: readonly { readonly metadata: { readonly name: string } }[] }>(context, [
    'get',
    'portfolios.flotilla.dev',
    '--namespace',
    namespace,
  ]);
  return items.map(({ metadata }) => metadata.name).toSorted();
}
