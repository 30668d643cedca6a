/** Status of a Strategy: is it trading, and if not, why. Pure. */
import type { AgentStatus, ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import type { Report } from '../provision/status-board.ts';
import { ready, reconciling, stalled, statusBase, type Verdict } from '../status/standard-conditions.ts';
import type { DeploymentState } from '../workload/deployment-state.ts';
import { replicasOf, type StrategySnapshot } from './plan.ts';

export interface StrategyObservation extends StrategySnapshot {
  /** Why the bus could not be written to, if it could not. */
  readonly busProblem: string | undefined;
  readonly agent: Report<AgentStatus> | undefined;
  readonly exec: Report<ExecStatus> | undefined;
  readonly state: DeploymentState;
}

type State = NonNullable<StrategyStatus['state']>;

interface Judgement {
  readonly state: State;
  readonly verdict: Verdict;
}

export function strategyStatus(observation: StrategyObservation, nowMs: number): StrategyStatus {
  const { strategy, resolved, stoppedBy, agent } = observation;
  const { state, verdict } = judge(observation);
  const firstSignalAt = agent?.value.firstSignalAt ?? (strategy.status as StrategyStatus | undefined)?.firstSignalAt;
  return {
    ...statusBase(strategy, verdict, nowMs),
    state,
    ...(stoppedBy[0] === undefined ? {} : { killSwitch: stoppedBy[0] }),
    ...(resolved.ok ? { policyHash: resolved.entry.policyHash } : {}),
    ...(firstSignalAt === undefined ? {} : { firstSignalAt }),
  };
}

/** The first that holds, read top to bottom. A strategy that is stopped as asked is Ready once its agent is gone. */
function judge(observation: StrategyObservation): Judgement {
  const { strategy, resolved, stoppedBy, busProblem, state, exec } = observation;
  if (strategy.metadata.deletionTimestamp !== undefined) {
    return { state: 'Halted', verdict: reconciling('Deleting', 'waits until exec has halted it and its consumer is gone') };
  }
  if (!resolved.ok) return { state: 'Blocked', verdict: stalled(resolved.reason, resolved.message) };
  if (replicasOf(observation) === 0) return stopped(resolved.spec.desiredState, stoppedBy, state);
  if (busProblem !== undefined) {
    return { state: 'Starting', verdict: reconciling('BusUnavailable', `${busProblem}; goes on by itself when the bus returns`) };
  }
  if (state.state !== 'Ready') return { state: 'Starting', verdict: reconciling('AgentStarting', state.message) };
  return { state: 'Running', verdict: running(resolved.spec.portfolioRef.name, exec) };
}

function stopped(
  desiredState: 'Running' | 'Paused' | 'Halted',
  stoppedBy: readonly string[],
  { state, message }: DeploymentState,
): Judgement {
  const killSwitch = stoppedBy[0];
  const name = killSwitch === undefined && desiredState === 'Paused' ? 'Paused' : 'Halted';
  const why = killSwitch === undefined ? `spec.desiredState is ${desiredState}` : `KillSwitch ${killSwitch} is engaged`;
  const reason = killSwitch === undefined ? name : 'KillSwitchEngaged';
  const gone = state === 'Gone' || state === 'Absent';
  return { state: name, verdict: gone ? ready(reason, `${why}: the agent is stopped`) : reconciling(reason, `${why}: ${message}`) };
}

/** The agent is up; whether its orders are taken is the portfolio's matter, and people want to read it here. */
function running(portfolio: string, exec: Report<ExecStatus> | undefined): Verdict {
  if (exec?.fresh !== true) return reconciling('ExecSilent', `the agent runs, but the exec of Portfolio ${portfolio} does not report yet`);
  const { tradingState, reason } = exec.value;
  if (tradingState === 'ACTIVE') return ready('Running', 'the agent runs and its orders are taken');
  return ready(
    `Portfolio${tradingState === 'HALTED' ? 'Halted' : 'Reducing'}`,
    `the agent runs, but Portfolio ${portfolio} is ${tradingState} (${reason})`,
  );
}
