/** Status of a Strategy: is it trading, and if not, why. Pure. */
import type { DesiredState } from '@flotilla/contracts/control/exec-config.ts';
import type { AgentStatus, ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import type { Report } from '../provision/status-board.ts';
import { ready, reconciling, stalled, statusBase, type Verdict } from '../status/standard-conditions.ts';
import { policyInForce } from '../status/policy-in-force.ts';
import { unknownFieldsCondition } from '../status/unknown-fields.ts';
import { conditionTime } from '@flotilla/kube/objects/condition.ts';
import type { DeploymentState } from '../workload/deployment-state.ts';
import type { AgentView } from '../fleet/agent-view.ts';
import { replicasOf, type StrategySnapshot } from './plan.ts';
import { holdings } from '../fleet/rollout-step.ts';
import { type RolloutStatus, rolloutStatus } from './rollout-status.ts';
import { tradingCondition, unsettledPolicies } from './trading-condition.ts';
import type { ResolvedStrategy } from '../fleet/resolve-strategy.ts';

export interface StrategyObservation extends StrategySnapshot {
  /** Why the bus could not be written to, if it could not. */
  readonly busProblem: string | undefined;
  readonly agentReport: Report<AgentStatus> | undefined;
  readonly exec: Report<ExecStatus> | undefined;
  readonly state: DeploymentState;
  /** While the Strategy is being deleted. */
  readonly leaving?: { readonly message: string } | undefined;
}

type State = NonNullable<StrategyStatus['state']>;

interface Judgement {
  readonly state: State;
  readonly verdict: Verdict;
}

export function strategyStatus(observation: StrategyObservation, nowMs: number): StrategyStatus {
  const { strategy, resolved, stoppedBy, agent, agentReport } = observation;
  const before = strategy.status as StrategyStatus | undefined;
  const rollout = rolloutStatus(observation, before, nowMs);
  const { state, verdict } = judge(observation, rollout);
  const firstSignalAt = agentReport?.value.firstSignalAt ?? before?.firstSignalAt;
  const halt = agent?.report?.halt ?? (state === 'Halted' ? before?.halt : undefined);
  return {
    ...statusBase(strategy, verdict, nowMs, [
      tradingCondition(observation),
      ...unknownFieldsCondition(resolved.ok ? resolved.unknownFields : []),
    ]),
    state,
    stateSince: before?.state === state ? (before.stateSince ?? conditionTime(nowMs)) : conditionTime(nowMs),
    ...(agent?.report?.revision === undefined ? {} : { revision: agent.report.revision }),
    ...(rollout === undefined ? {} : { rollout }),
    ...(halt === undefined ? {} : { halt }),
    ...(stoppedBy[0] === undefined ? {} : { killSwitch: stoppedBy[0] }),
    ...policyInForce(strategy, resolved.ok ? (resolved.spec.riskPolicyRef?.name ?? '') : undefined),
    ...(resolved.ok ? { policyHash: resolved.entry.policyHash } : {}),
    ...(firstSignalAt === undefined ? {} : { firstSignalAt }),
  };
}

/** The first that holds, read top to bottom. A strategy that is stopped as asked is Ready once its agent is gone. */
function judge(observation: StrategyObservation, rollout: RolloutStatus | undefined): Judgement {
  const { strategy, resolved, busProblem, state, exec } = observation;
  if (strategy.metadata.deletionTimestamp !== undefined) {
    return {
      state: 'Halted',
      verdict: reconciling('Deleting', observation.leaving?.message ?? 'waits until exec has halted the strategy'),
    };
  }
  if (!resolved.ok) return { state: 'Blocked', verdict: stalled(resolved.reason, resolved.message) };
  if (replicasOf(observation) === 0) return stopped(resolved.spec.desiredState, observation);
  if (busProblem !== undefined) {
    return { state: 'Starting', verdict: reconciling('BusUnavailable', `${busProblem}; goes on by itself when the bus returns`) };
  }
  if (rollout !== undefined) return { state: 'RollingOut', verdict: rollingOut(rollout, observation) };
  if (state.state !== 'Ready') return { state: 'Starting', verdict: reconciling('AgentStarting', state.message) };
  if (isUnconfirmed(observation)) {
    return {
      state: 'Starting',
      verdict: reconciling('ConfigUnconfirmed', 'the agent runs; exec has not yet confirmed that it takes its orders'),
    };
  }
  return { state: 'Running', verdict: running(resolved, exec) };
}

function rollingOut({ from, to, phase }: RolloutStatus, { rollout, state, agent }: StrategyObservation): Verdict {
  const waitsFor = rollout?.message ?? (agent?.older === undefined ? state.message : 'waits until the old agent has ended');
  const message = `${from} is to be followed by ${to}; ${waitsFor}`;
  return phase === 'Blocked' ? stalled('HandoverBlocked', message) : reconciling('RollingOut', message);
}

function stopped(desiredState: DesiredState, { stoppedBy, state: { state, message }, agent, exec }: StrategyObservation): Judgement {
  const killSwitch = stoppedBy[0];
  const name = killSwitch === undefined && desiredState === 'Paused' ? 'Paused' : 'Halted';
  const why = killSwitch === undefined ? `spec.desiredState is ${desiredState}` : `KillSwitch ${killSwitch} is engaged`;
  const reason = killSwitch === undefined ? name : 'KillSwitchEngaged';
  const gone = state === 'Gone' || state === 'Absent';
  if (gone && killSwitch === undefined) {
    const missing = missingAtExec(desiredState, agent, exec);
    if (missing !== undefined) return { state: name, verdict: reconciling(reason, `${why}: the agent is stopped; ${missing}`) };
  }
  return { state: name, verdict: gone ? ready(reason, `${why}: the agent is stopped`) : reconciling(reason, `${why}: ${message}`) };
}

/** What exec has not confirmed yet; an exec that is silent, or says nothing of strategies, is not waited for. */
function missingAtExec(desiredState: DesiredState, agent: AgentView | undefined, exec: Report<ExecStatus> | undefined): string | undefined {
  const report = agent?.report;
  if (exec?.fresh !== true || report === undefined) return undefined;
  if (report.desiredState !== desiredState) return 'exec has not confirmed it yet';
  if (desiredState === 'Halted' && report.halt?.zeroOpenOrdersVerifiedAt === undefined) {
    return `exec has not yet seen twice that nothing of it is open: ${holdings(report)}`;
  }
  return undefined;
}

/** An exec that is silent, or says nothing of strategies, cannot confirm one. */
function isUnconfirmed({ agent, exec }: StrategyObservation): boolean {
  if (exec?.fresh !== true || exec.value.strategies === undefined || agent === undefined) return false;
  return agent.report?.revision !== agent.wantedRevision || agent.report.desiredState !== 'Running';
}

/** The agent is up; whether its orders are taken is the portfolio's matter, and people want to read it here. */
function running(resolved: ResolvedStrategy, exec: Report<ExecStatus> | undefined): Verdict {
  const portfolio = resolved.spec.portfolioRef.name;
  if (exec?.fresh !== true) return reconciling('ExecSilent', `the agent runs, but the exec of Portfolio ${portfolio} does not report yet`);
  const { tradingState, reason } = exec.value;
  const unsettled = unsettledPolicies(resolved, exec.value);
  if (unsettled.length > 0 && tradingState === 'ACTIVE') {
    const message = `orders that increase risk are denied until every exec runs the same limits of RiskPolicy ${unsettled.join(', ')}`;
    return reconciling('MixedPolicyHashes', `the agent runs; ${message}`);
  }
  if (tradingState === 'ACTIVE') return ready('Running', 'the agent runs and its orders are taken');
  return ready(
    `Portfolio${tradingState === 'HALTED' ? 'Halted' : 'Reducing'}`,
    `the agent runs, but Portfolio ${portfolio} is ${tradingState} (${reason})`,
  );
}
