/** Reads what a Portfolio depends on, from caches alone. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { isBound } from '../kinds.ts';
import { objectKey } from '@flotilla/kube/mod.ts';
import { resolvePortfolioOnce, resolveStrategyOnce } from '../fleet/resolve-once.ts';
import { agentViewOf } from '../fleet/agent-view.ts';
import type { World } from '../world.ts';
import type { StrategyInput } from '../fleet/exec-config.ts';
import type { PortfolioSnapshot } from './plan.ts';
import { agentDeploymentName } from '../fleet/workload-names.ts';
import { policyFinder } from '../fleet/gather-referenced-portfolio.ts';

export function gatherPortfolio(
  portfolio: ResourceObject,
  { watches, board, settings }: Pick<World, 'watches' | 'board' | 'settings'>,
): PortfolioSnapshot {
  const findPolicy = policyFinder(watches, portfolio.metadata.namespace);
  const resolved = resolvePortfolioOnce(portfolio, findPolicy);
  const exec = board.exec(portfolio.metadata.name);
  const strategies = watches.strategies.byIndex('portfolio', objectKey(portfolio.metadata)).map((strategy): StrategyInput => {
    const { name, deletionTimestamp, generation } = strategy.metadata;
    const one = resolveStrategyOnce(strategy, resolved, findPolicy);
    const deployment = watches.deployments.get(`${settings.namespace}/${agentDeploymentName(name)}`);
    const agent = one.ok ? agentViewOf(one, deployment, exec, settings) : undefined;
    return { name, deleting: deletionTimestamp !== undefined, bound: isBound(strategy), generation, resolved: one, agent };
  });
  return { portfolio, resolved, strategies };
}
