/** Reads what the status of a KillSwitch depends on: the halt records, from the bus, and everything else from caches. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { splitObjectKey } from '@flotilla/kube/mod.ts';
import { isInScope, killSwitchSpecOf } from '../fleet/kill-switch-scope.ts';
import { agentDeploymentName } from '../fleet/workload-names.ts';
import { isBound } from '../kinds.ts';
import { attempt } from '../status/attempt.ts';
import { deploymentState } from '../workload/deployment-state.ts';
import type { World } from '../world.ts';
import type { PortfolioHalt } from './portfolio-steps.ts';
import type { KillSwitchObservation } from './status.ts';

type Sources = Pick<World, 'watches' | 'bus' | 'board' | 'halts' | 'settings'>;

/** @param portfolioKeys `<namespace>/<name>` of the portfolios in scope that this operator serves */
export async function gatherKillSwitch(
  object: ResourceObject,
  portfolioKeys: readonly string[],
  sources: Sources,
): Promise<KillSwitchObservation> {
  const { namespace } = sources.settings;
  const portfolios = await Promise.all(portfolioKeys.map((key) => haltOf(key, sources)));
  return { object, spec: killSwitchSpecOf(object), namespace, portfolios, ...gatherElsewhere(object, sources) };
}

async function haltOf(key: string, { watches, bus, board, halts, settings }: Sources): Promise<PortfolioHalt> {
  const { name } = splitObjectKey(key);
  const synced = await attempt(() => halts.sync(name));
  const exec = board.exec(name);
  const ran = exec === undefined && synced.ok ? await attempt(() => bus.hasRun(name)) : undefined;
  const agents = watches.strategies.byIndex('portfolio', key).filter(({ metadata }) => {
    const { state } = deploymentState(watches.deployments.get(`${settings.namespace}/${agentDeploymentName(metadata.name)}`));
    return state !== 'Gone' && state !== 'Absent';
  });
  return {
    namespace: settings.namespace,
    name,
    record: synced.ok ? synced.value : undefined,
    problem: synced.ok ? undefined : (bus.problem() ?? synced.error.message),
    exec,
    neverRan: ran?.ok === true && !ran.value,
    agentsRunning: agents.length,
  };
}

/** Portfolios of other namespaces, from the cache. A Portfolio without an operator's finalizer never had an exec. */
function gatherElsewhere(object: ResourceObject, { watches, settings }: Sources): Pick<KillSwitchObservation, 'elsewhere' | 'unmatched'> {
  const spec = killSwitchSpecOf(object);
  const elsewhere = new Map<string, number>();
  for (const portfolio of watches.everyPortfolio.list()) {
    const { namespace = '', name } = portfolio.metadata;
    if (namespace === settings.namespace || !isBound(portfolio) || !isInScope(spec, namespace, name)) continue;
    elsewhere.set(namespace, (elsewhere.get(namespace) ?? 0) + 1);
  }
  const named = spec.scope.portfolios ?? [];
  // Of a namespace that the operator does not read, it does not say that a portfolio is missing.
  const readable = named.filter(({ namespace }) => watches.readsEveryNamespace || namespace === settings.namespace);
  const keys = readable.map(({ namespace, name }) => `${namespace}/${name}`);
  return { elsewhere, unmatched: keys.filter((key) => watches.everyPortfolio.get(key) === undefined) };
}
