/** Reads what a Strategy depends on, from caches alone. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { isInScope, killSwitchSpecOf } from '../kill-switch/scope.ts';
import { gatherReferencedPortfolio, policyFinder } from '../portfolio/gather.ts';
import { referenceKeys } from '../watches.ts';
import type { World } from '../world.ts';
import { agentDeploymentName, agentKeyName, type StrategySnapshot } from './plan.ts';
import { resolveStrategy } from './resolve-strategy.ts';

export function gatherStrategy(strategy: ResourceObject, { watches, settings }: Pick<World, 'watches' | 'settings'>): StrategySnapshot {
  const { name, namespace } = strategy.metadata;
  const portfolioKey = referenceKeys(strategy, 'portfolioRef')[0];
  const portfolio = portfolioKey === undefined ? undefined : gatherReferencedPortfolio(portfolioKey, watches);
  return {
    strategy,
    resolved: resolveStrategy(strategy, portfolio, policyFinder(watches, namespace)),
    stoppedBy: agentStoppers(portfolioKey ?? '', watches.killSwitches.list()),
    deployment: watches.deployments.get(`${settings.namespace}/${agentDeploymentName(name)}`),
    hasKey: watches.secrets.get(`${settings.namespace}/${agentKeyName(name)}`) !== undefined,
  };
}

/** ReduceOnly leaves agents running: they are the ones that reduce. */
function agentStoppers(portfolioKey: string, killSwitches: readonly ResourceObject[]): readonly string[] {
  const [namespace = '', portfolio = ''] = portfolioKey.split('/');
  return killSwitches
    .filter((object) => {
      const spec = killSwitchSpecOf(object);
      return spec.mode === 'CancelAndHold' && isInScope(spec, namespace, portfolio);
    })
    .map(({ metadata }) => metadata.name)
    .sort();
}
