/** Status of a Strategy: whether it trades, and if not, why. Pure. */
import type { StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import { metaTime } from '@flotilla/kube/objects/meta-time.ts';
import { STRATEGY_OBSTACLES } from '../fleet/obstacles.ts';
import { type Stoppage, stoppageOf } from '../fleet/stoppage.ts';
import { type FoundObstacle, obstaclesOf, tradingConditionOf, verdictOf } from '../status/obstacle.ts';
import { permissionsCondition, permissionsStatus, revocationStatus } from '../status/permissions.ts';
import { policyInForce } from '../status/policy-in-force.ts';
import { conditionsBefore, statusBase } from '../status/standard-conditions.ts';
import { unknownFieldsCondition } from '../status/unknown-fields.ts';
import type { StrategyObservation } from './observation.ts';
import { rolloutStatus } from './rollout-status.ts';

type State = NonNullable<StrategyStatus['state']>;

export function strategyStatus(observation: StrategyObservation, nowMs: number): StrategyStatus {
  const { strategy, resolved, stoppedBy, leak, agent, agentReport, proof } = observation;
  const before = strategy.status as StrategyStatus | undefined;
  const rollout = rolloutStatus(observation, before, nowMs);
  const deleting = strategy.metadata.deletionTimestamp !== undefined;
  const obstacles = obstaclesOf(STRATEGY_OBSTACLES, { ...observation, deleting, rolloutStatus: rollout });
  const verdict = verdictOf(obstacles, { reason: 'Running', message: 'the agent runs and its orders are taken' });
  const trading = tradingConditionOf(obstacles, 'the agent decides on signals and its orders are taken');
  const state = stateOf(stoppageOf({ deleting, resolved, stoppedBy, leak }), obstacles);
  const firstSignalAt = agentReport?.value.firstSignalAt ?? before?.firstSignalAt;
  const halt = agent?.report?.halt ?? (state === 'Halted' ? before?.halt : undefined);
  return {
    ...statusBase(strategy, verdict, nowMs, [
      trading,
      ...permissionsCondition(proof, conditionsBefore(strategy)),
      ...unknownFieldsCondition(resolved.ok ? resolved.unknownFields : []),
    ]),
    state,
    stateSince: before?.state === state ? (before.stateSince ?? metaTime(nowMs)) : metaTime(nowMs),
    ...(agent?.report?.revision === undefined ? {} : { revision: agent.report.revision }),
    ...(rollout === undefined ? {} : { rollout }),
    ...(halt === undefined ? {} : { halt }),
    ...(stoppedBy[0] === undefined ? {} : { killSwitch: stoppedBy[0] }),
    ...policyInForce(strategy, resolved.ok ? (resolved.spec.riskPolicyRef?.name ?? '') : undefined),
    ...(resolved.ok ? { policyHash: resolved.entry.policyHash } : {}),
    ...permissionsStatus(before?.permissions, proof),
    ...(leak === undefined ? {} : { leak }),
    ...revocationStatus(before?.revocation, observation.revocation),
    ...(firstSignalAt === undefined ? {} : { firstSignalAt }),
  };
}

/** State of the strategy while an obstacle of this name applies; of several obstacles the first counts. */
const STATES: Readonly<Partial<Record<string, State>>> = {
  bus: 'Starting',
  configEntry: 'Blocked',
  rollout: 'RollingOut',
  agentPods: 'Starting',
  agentProblem: 'Blocked',
  signalSource: 'Blocked',
  confirmation: 'Starting',
};

/** The value of the column State. */
function stateOf(stoppage: Stoppage | undefined, obstacles: readonly FoundObstacle[]): State {
  switch (stoppage?.by) {
    case 'Mistake':
    case 'Leak':
      return 'Blocked';
    case 'Deletion':
    case 'KillSwitch':
      return 'Halted';
    case 'Spec':
      return stoppage.desiredState;
    default:
      return obstacles.flatMap(({ name }) => STATES[name] ?? [])[0] ?? 'Running';
  }
}
