/** The condition Trading of a Strategy: are its orders taken, and if not, why. Pure; the first obstacle that holds, read top to bottom. */
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { ConditionInput } from '@flotilla/kube/mod.ts';
import { accountObstacle } from '../status/trading-words.ts';
import type { ResolvedStrategy } from '../fleet/resolve-strategy.ts';
import type { StrategyObservation } from './status.ts';

type Trading = Omit<ConditionInput, 'observedGeneration'>;

export function tradingCondition(observation: StrategyObservation): Trading {
  const { strategy, resolved, stoppedBy, busProblem, rollout, state, agentReport } = observation;
  if (strategy.metadata.deletionTimestamp !== undefined) return no('Deleting', 'it is being deleted');
  if (!resolved.ok) return no(resolved.reason, resolved.message);
  if (stoppedBy[0] !== undefined) return no('HaltedByKillSwitch', `KillSwitch ${stoppedBy[0]} is engaged`);
  const { desiredState } = resolved.spec;
  if (desiredState !== 'Running') return no(desiredState, `spec.desiredState is ${desiredState}`);
  if (busProblem !== undefined) return unknown('BusUnavailable', busProblem);
  const exec = observation.exec?.fresh === true ? observation.exec.value : undefined;
  const { name } = resolved.spec.portfolioRef;
  if (exec === undefined) return unknown('ExecNotReady', `the exec of Portfolio ${name} does not report`);
  const account = accountObstacle(exec);
  if (account !== undefined) return no(account.reason, `Portfolio ${name}: ${account.message}`);
  const policies = unconfirmedPolicies(resolved, exec);
  if (policies.length > 0) return no('PolicyUnconfirmed', `exec does not yet run the newest limits of RiskPolicy ${policies.join(', ')}`);
  const unsettled = unsettledPolicies(resolved, exec);
  if (unsettled.length > 0) {
    return no(
      'MixedPolicyHashes',
      `orders that increase risk are denied until every exec runs the same limits of RiskPolicy ${unsettled.join(', ')}`,
    );
  }
  if (rollout !== undefined && !rollout.keepsAgent) return no('RollingOut', rollout.message);
  if (rollout?.phase === 'Draining') return no('Draining', rollout.message);
  if (isUnconfirmed(observation, exec)) return no('ConfigUnconfirmed', 'exec has not yet confirmed this revision of the strategy');
  if (state.state !== 'Ready') return no('AgentNotReady', state.message);
  if (agentReport?.fresh !== true) return unknown('AgentSilent', 'the agent runs and does not report');
  if (agentReport.value.firstSignalAt === undefined) {
    return no('NoSignalsYet', `the agent runs and has seen no signal of ${resolved.spec.instruments.slice(0, 8).join(', ')} yet`);
  }
  return { type: 'Trading', status: 'True', reason: 'Trading', message: 'the agent decides on signals and its orders are taken' };
}

function no(reason: string, message: string): Trading {
  return { type: 'Trading', status: 'False', reason, message };
}

function unknown(reason: string, message: string): Trading {
  return { type: 'Trading', status: 'Unknown', reason, message };
}

function unconfirmedPolicies({ policies }: ResolvedStrategy, exec: ExecStatus): readonly string[] {
  if (exec.policies === undefined) return [];
  const runs = new Set(exec.policies.map(({ name, hash }) => `${name} ${hash}`));
  return policies.filter(({ name, hash }) => !runs.has(`${name} ${hash}`)).map(({ name }) => name);
}

/** Policies of which another exec may run other limits, as the strategy's own exec has been told. */
export function unsettledPolicies({ policies }: ResolvedStrategy, exec: ExecStatus): readonly string[] {
  const names = new Set(policies.map(({ name }) => name));
  return (exec.policies ?? []).filter(({ name, delivery }) => delivery === 'Delivering' && names.has(name)).map(({ name }) => name);
}

/** An exec that says nothing of strategies cannot confirm one. */
function isUnconfirmed({ agent }: StrategyObservation, { strategies }: ExecStatus): boolean {
  if (strategies === undefined || agent === undefined) return false;
  const revision = agent.report?.revision;
  return agent.report?.desiredState !== 'Running' || (revision !== agent.wantedRevision && revision !== agent.older?.revision);
}
