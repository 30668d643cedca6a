/** The status of a change of revision while it lasts. Pure. */
import type { StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import { metaTime } from '@flotilla/kube/objects/meta-time.ts';
import type { StrategyObservation } from './observation.ts';

export type RolloutStatus = NonNullable<StrategyStatus['rollout']>;

/** Undefined when no revision gives way to another. `before` keeps the time of its beginning. */
export function rolloutStatus(
  observation: StrategyObservation,
  before: StrategyStatus | undefined,
  nowMs: number,
): RolloutStatus | undefined {
  const { resolved, agent, rollout } = observation;
  if (!resolved.ok || agent === undefined) return undefined;
  const { report, wantedRevision: to } = agent;
  const phase = phaseOf(observation, before);
  if (phase === undefined) return undefined;
  const from = (rollout === undefined ? undefined : report?.revision) ?? agent.older?.revision ?? before?.rollout?.from ?? to;
  const same = before?.rollout?.from === from && before.rollout.to === to;
  const waitsFor = report?.flatten?.waitsFor;
  return {
    from,
    to,
    handover: resolved.spec.handover,
    phase,
    startedAt: same ? (before.rollout?.startedAt ?? metaTime(nowMs)) : metaTime(nowMs),
    ...(report === undefined || rollout === undefined ? {} : { openOrders: report.openOrders, openPositions: report.openPositions }),
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
}

function phaseOf({ agent, rollout, state }: StrategyObservation, before: StrategyStatus | undefined): RolloutStatus['phase'] | undefined {
  if (rollout !== undefined) return rollout.phase;
  if (agent?.older !== undefined) return agent.stopped ? 'Starting' : 'Stopping';
  const isStarting = before?.rollout?.to === agent?.wantedRevision && state.state !== 'Ready' && state.state !== 'Gone';
  return isStarting ? 'Starting' : undefined;
}
