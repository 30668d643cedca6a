/** Reads the Portfolio that a Strategy names, and the RiskPolicies and AgentRoles of a namespace, from caches alone. */
import { objectKey } from '@flotilla/kube/objects/kube-object.ts';
import type { Watches } from '../watches.ts';
import { resolvePortfolioOnce } from './resolve-once.ts';
import type { BlockedPortfolio, FindPolicy, FindRole, ResolvedPortfolio } from './resolve-strategy.ts';

/** The portfolio that a strategy names; undefined when the portfolio does not exist or is being deleted. */
export function gatherReferencedPortfolio(key: string, watches: Watches): ResolvedPortfolio | BlockedPortfolio | undefined {
  const portfolio = watches.portfolios.get(key);
  if (portfolio === undefined || portfolio.metadata.deletionTimestamp !== undefined) return undefined;
  return resolvePortfolioOnce(portfolio, policyFinder(watches, portfolio.metadata.namespace));
}

export function policyFinder(watches: Watches, namespace: string | undefined): FindPolicy {
  return (name) => watches.riskPolicies.get(objectKey({ namespace, name }));
}

export function roleFinder(watches: Pick<Watches, 'agentRoles'>, namespace: string | undefined): FindRole {
  return (name) => watches.agentRoles.get(objectKey({ namespace, name }));
}
