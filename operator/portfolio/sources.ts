/** Lists the changes that make the controller visit a Portfolio. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import {
  isNews,
  type KubeObject,
  makeSource,
  type ObjectChange,
  objectKey,
  ownerKeys,
  type Source,
  specChanged,
} from '@flotilla/kube/mod.ts';
import { portfoliosInScope } from '../fleet/portfolios-in-scope.ts';
import { isBound, KINDS } from '../kinds.ts';
import { deploymentState } from '../workload/deployment-state.ts';
import { agentPortfolioKeys } from '../workload/labels.ts';
import { referenceKeys } from '../watches.ts';
import type { World } from '../world.ts';

export function portfolioSources(world: Pick<World, 'watches' | 'settings'>): readonly Source[] {
  const { watches } = world;
  return [
    makeSource(watches.portfolios, ({ metadata }) => [objectKey(metadata)], { concerns: isNews }),
    makeSource(watches.strategies, (strategy) => referenceKeys(strategy, 'portfolioRef'), { concerns: concernsExec }),
    makeSource(watches.riskPolicies, ({ metadata }) => portfolioKeysOfPolicy(watches, objectKey(metadata)), { concerns: specChanged }),
    makeSource(watches.agentRoles, ({ metadata }) => portfolioKeysOfRole(watches, objectKey(metadata)), { concerns: specChanged }),
    makeSource(watches.killSwitches, (object) => portfoliosInScope(object, world), { priority: () => 'permission' }),
    makeSource(watches.deployments, ownerKeys(KINDS.portfolio), { concerns: isNews }),
    // An agent that has ended lets the next revision write.
    makeSource(watches.deployments, agentPortfolioKeys, {
      concerns: ({ type, object }) => type === 'deleted' || deploymentState(object).state === 'Gone',
    }),
    ...[watches.serviceAccounts, watches.networkPolicies].map((reflector) =>
      makeSource(reflector, ownerKeys(KINDS.portfolio), { concerns: isNews }),
    ),
  ];
}

/** Keys of the Portfolios that use a RiskPolicy themselves, or by one of their Strategies. */
export function portfolioKeysOfPolicy(watches: Pick<World['watches'], 'portfolios' | 'strategies'>, policyKey: string): readonly string[] {
  return [
    ...watches.portfolios.byIndex('policy', policyKey).map(({ metadata }) => objectKey(metadata)),
    ...watches.strategies.byIndex('policy', policyKey).flatMap((strategy) => referenceKeys(strategy, 'portfolioRef')),
  ];
}

/** Keys of the Portfolios of Strategies that name an AgentRole: exec pauses a Strategy that its role refuses. */
function portfolioKeysOfRole({ strategies }: Pick<World['watches'], 'strategies'>, roleKey: string): readonly string[] {
  return strategies.byIndex('role', roleKey).flatMap((strategy) => referenceKeys(strategy, 'portfolioRef'));
}

/** exec is not told of a Strategy before the Strategy has its finalizer. */
function concernsExec(change: ObjectChange): boolean {
  const { type, object, previous } = change;
  const was = previous !== undefined && isBound(previous);
  return type === 'deleted' || (isBound(object) ? !was || specChanged(change) || hasLeak(object) !== hasLeak(previous) : was);
}

function hasLeak(object: KubeObject | undefined): boolean {
  return (object as ResourceObject<unknown, StrategyStatus> | undefined)?.status?.leak !== undefined;
}
