/** Reads what a Portfolio depends on from caches, and the pods of an exec that is not ready from the API server. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { isBound } from '../kinds.ts';
import { KUBERNETES_TYPES, objectKey } from '@flotilla/kube/mod.ts';
import { attempt } from '../status/attempt.ts';
import { conditionsBefore } from '../status/standard-conditions.ts';
import type { DeploymentState } from '../workload/deployment-state.ts';
import { selectorOf } from '../workload/labels.ts';
import { execCrash, type PodObject } from './exec-crash.ts';
import { leakOf } from '../fleet/leak-pause.ts';
import { resolvePortfolioOnce, resolveStrategyOnce } from '../fleet/resolve-once.ts';
import { agentViewOf } from '../fleet/agent-view.ts';
import type { World } from '../world.ts';
import type { StrategyInput } from '../fleet/exec-config.ts';
import { agentDeploymentName, execDeploymentName } from '../fleet/workload-names.ts';
import type { PortfolioSnapshot } from './plan.ts';
import { policyFinder, roleFinder } from '../fleet/gather-referenced-portfolio.ts';

/**
 * Why exec crashed, from its last report and its pods. Reads the pods only of an exec that is not ready although the Portfolio has been
 * visited before, so that a burst of new Portfolios costs no requests.
 */
export async function gatherCrash(
  { cluster, board, settings }: Pick<World, 'cluster' | 'board' | 'settings'>,
  portfolio: ResourceObject,
  deployment: DeploymentState,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { name } = portfolio.metadata;
  const report = board.exec(name)?.value;
  const isKnown = report !== undefined || conditionsBefore(portfolio).length > 0;
  if (deployment.state !== 'Starting' || !isKnown) return execCrash([], report);
  const labelSelector = Object.entries(selectorOf({ component: 'exec', instance: execDeploymentName(name) }))
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
  // Without an answer the status says what is known from the report alone.
  const pods = await attempt(() =>
    cluster.list<PodObject>(KUBERNETES_TYPES.pod, { namespace: settings.namespace, labelSelector }, { signal }),
  );
  return execCrash(pods.ok ? pods.value.items : [], report);
}

export function gatherPortfolio(
  portfolio: ResourceObject,
  { watches, board, settings, permissions }: Pick<World, 'watches' | 'board' | 'settings' | 'permissions'>,
): PortfolioSnapshot {
  const findPolicy = policyFinder(watches, portfolio.metadata.namespace);
  const findRole = roleFinder(watches, portfolio.metadata.namespace);
  const resolved = resolvePortfolioOnce(portfolio, findPolicy);
  const exec = board.exec(portfolio.metadata.name);
  const strategies = watches.strategies.byIndex('portfolio', objectKey(portfolio.metadata)).map((strategy): StrategyInput => {
    const { name, deletionTimestamp, generation } = strategy.metadata;
    const one = resolveStrategyOnce(strategy, resolved, findPolicy, findRole);
    const deployment = watches.deployments.get(`${settings.namespace}/${agentDeploymentName(name)}`);
    const agent = one.ok ? agentViewOf(one, deployment, exec, settings) : undefined;
    // Not what a person has let resume: the Strategy says so in its status, once the audit log has it.
    const leak = leakOf(strategy, one, permissions.proof({ role: 'SignalAgent', portfolio: portfolio.metadata.name, strategy: name }));
    return { name, deleting: deletionTimestamp !== undefined, bound: isBound(strategy), generation, resolved: one, agent, leak };
  });
  return { portfolio, resolved, strategies };
}
