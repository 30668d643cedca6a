/** Reads what a Portfolio depends on, from caches alone. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { isBound } from '../kinds.ts';
import { objectKey } from '@flotilla/kube/mod.ts';
import { resolvePortfolioOnce, resolveStrategyOnce } from '../strategy/resolve-once.ts';
import type { Blocked, FindPolicy, ResolvedPortfolio } from '../strategy/resolve-strategy.ts';
import { agentViewOf } from '../strategy/agent-view.ts';
import { agentDeploymentName } from '../strategy/plan.ts';
import type { Watches } from '../watches.ts';
import type { World } from '../world.ts';
import type { StrategyInput } from './exec-config.ts';
import type { PortfolioSnapshot } from './plan.ts';

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

/** The portfolio that a strategy names; undefined when it is not there, or about to go. */
export function gatherReferencedPortfolio(key: string, watches: Watches): ResolvedPortfolio | Blocked | undefined {
  const portfolio = watches.portfolios.get(key);
  if (portfolio === undefined || portfolio.metadata.deletionTimestamp !== undefined) return undefined;
  return resolvePortfolioOnce(portfolio, policyFinder(watches, portfolio.metadata.namespace));
}

export function policyFinder(watches: Watches, namespace: string | undefined): FindPolicy {
  return (name) => watches.riskPolicies.get(objectKey({ namespace, name }));
}
