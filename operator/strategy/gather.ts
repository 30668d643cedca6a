/** Reads what a Strategy depends on, from caches alone. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { isInScope, killSwitchSpecOf } from '../fleet/kill-switch-scope.ts';
import { agentViewOf, confirmedRolloutOf } from '../fleet/agent-view.ts';
import { referenceKeys, sourceKeys } from '../watches.ts';
import { splitObjectKey } from '@flotilla/kube/mod.ts';
import type { World } from '../world.ts';
import type { StrategySnapshot } from './plan.ts';
import { leakOf, resumeOf } from '../fleet/leak-pause.ts';
import { resolveStrategyOnce } from '../fleet/resolve-once.ts';
import { gatherReferencedPortfolio, policyFinder, roleFinder } from '../fleet/gather-referenced-portfolio.ts';
import { agentDeploymentName } from '../fleet/workload-names.ts';
import { mayLackKey } from './agent-key.ts';

export function gatherStrategy(
  strategy: ResourceObject,
  world: Pick<World, 'watches' | 'board' | 'settings' | 'clock' | 'permissions'>,
): StrategySnapshot {
  const { watches, board, settings, permissions } = world;
  const { name, namespace } = strategy.metadata;
  const portfolioKey = referenceKeys(strategy, 'portfolioRef')[0];
  const portfolio = portfolioKey === undefined ? undefined : gatherReferencedPortfolio(portfolioKey, watches);
  const resolved = resolveStrategyOnce(strategy, portfolio, policyFinder(watches, namespace), roleFinder(watches, namespace));
  const deployment = watches.deployments.get(`${settings.namespace}/${agentDeploymentName(name)}`);
  const agent = resolved.ok ? agentViewOf(resolved, deployment, board.exec(resolved.spec.portfolioRef.name), settings) : undefined;
  const [, portfolioName = ''] = portfolioKey?.split('/') ?? [];
  const proof = permissions.proof({ role: 'SignalAgent', portfolio: portfolioName, strategy: name });
  const leak = leakOf(strategy, resolved, proof);
  const resume = leak === undefined ? undefined : resumeOf(strategy, leak, proof);
  return {
    strategy,
    resolved,
    leak: resume === undefined ? leak : undefined,
    resume,
    agent,
    rollout: resolved.ok && agent !== undefined ? confirmedRolloutOf(agent, resolved.spec) : undefined,
    stoppedBy: agentStoppers(portfolioKey ?? '', watches.killSwitches.list()),
    deployment,
    mayLackKey: mayLackKey(strategy, deployment, world.clock.nowMs()),
  };
}

/** Under ReduceOnly agents keep running, because they send the reducing orders. */
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

/** The SignalSource that the agent listens to, when it does not exist; undefined as well for an agent without the parameter `source`. */
export function missingSourceOf(
  { strategy, resolved }: Pick<StrategySnapshot, 'strategy' | 'resolved'>,
  watches: Pick<World['watches'], 'signalSources'>,
): string | undefined {
  if (!resolved.ok || resolved.agent !== 'Alert') return undefined;
  const key = sourceKeys(strategy)[0];
  return key === undefined || watches.signalSources.get(key) !== undefined ? undefined : splitObjectKey(key).name;
}
