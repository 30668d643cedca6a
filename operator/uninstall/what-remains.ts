import { KINDS } from '../kinds.ts';
import type { Cluster } from '@flotilla/kube/mod.ts';

/** In the order in which they are best deleted: a Portfolio goes on watching what its Strategies left open. */
const HELD = [KINDS.strategy, KINDS.portfolio] as const;

/** `strategies.flotilla.dev/btc-momentum`, … of a namespace: what nobody would let go, or halt, without an operator. */
export async function whatRemains(cluster: Pick<Cluster, 'list'>, namespace: string): Promise<readonly string[]> {
  const names = HELD.map(async (type) => {
    const { items } = await cluster.list(type, { namespace, metadataOnly: true });
    return items.map(({ metadata }) => `${type.plural}.${type.apiVersion.split('/')[0]}/${metadata.name}`);
  });
  return (await Promise.all(names)).flat();
}

/** Why an uninstall has to wait, and what to do; undefined when it need not. */
export function refusal(remaining: readonly string[], namespace: string): string | undefined {
  if (remaining.length === 0) return undefined;
  const lines = remaining.map((name) => `  kubectl -n ${namespace} delete ${name}`);
  return [
    `expected no Strategy and no Portfolio in ${namespace}, found ${remaining.length}: without the operator nobody could halt them or let them go. First:`,
    ...lines,
    'Then uninstall once more. To leave them as they are: helm uninstall --no-hooks. To stay installed: helm rollback to the last revision.',
  ].join('\n');
}
