/** Reads what a Portfolio depends on, from caches alone. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { objectKey } from '../kube/kube-object.ts';
import { type FindPolicy, type ResolvedPortfolio, type Blocked, resolvePortfolio, resolveStrategy } from '../strategy/resolve-strategy.ts';
import type { Watches } from '../watches.ts';
import type { PortfolioSnapshot } from './plan.ts';

export function gatherPortfolio(portfolio: ResourceObject, watches: Watches): PortfolioSnapshot {
  const findPolicy = policyFinder(watches, portfolio.metadata.namespace);
  const resolved = resolvePortfolio(portfolio, findPolicy);
  const strategies = watches.strategies.byIndex('portfolio', objectKey(portfolio.metadata)).map((strategy) => ({
    name: strategy.metadata.name,
    deleting: strategy.metadata.deletionTimestamp !== undefined,
    resolved: resolveStrategy(strategy, resolved, findPolicy),
  }));
  return { portfolio, resolved, strategies };
}

/** The portfolio that a strategy names; undefined when it is not there, or about to go. */
export function gatherReferencedPortfolio(key: string, watches: Watches): ResolvedPortfolio | Blocked | undefined {
  const portfolio = watches.portfolios.get(key);
  if (portfolio === undefined || portfolio.metadata.deletionTimestamp !== undefined) return undefined;
  return resolvePortfolio(portfolio, policyFinder(watches, portfolio.metadata.namespace));
}

export function policyFinder(watches: Watches, namespace: string | undefined): FindPolicy {
  return (name) => watches.riskPolicies.get(objectKey({ namespace, name }));
}
