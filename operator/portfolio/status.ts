/** Status of a Portfolio: pure, what is known in, what people read out. */
import { unreachable } from '@flotilla/contracts/assert.ts';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { PortfolioStatus } from '@flotilla/contracts/resources/portfolio.ts';
import type { Report } from '../provision/status-board.ts';
import { type DomainCondition, ready, reconciling, stalled, statusBase, type Verdict } from '../status/standard-conditions.ts';
import { accountObstacle, denialWords } from '../status/trading-words.ts';
import { policyInForce } from '../status/policy-in-force.ts';
import { unknownFieldsCondition } from '../status/unknown-fields.ts';
import type { DeploymentState } from '../workload/deployment-state.ts';
import type { PortfolioSnapshot } from './plan.ts';

/** As the CRD bounds it. */
const REFUSED_STRATEGIES_MAX = 64;
/** In a message. */
const POLICIES_NAMED_MAX = 4;
const HOLDERS_NAMED_MAX = 8;

export interface PortfolioObservation extends PortfolioSnapshot {
  /** Why the bus could not be written to, if it could not. */
  readonly busProblem: string | undefined;
  readonly config: ExecConfig | undefined;
  readonly halt: HaltRecord | undefined;
  readonly exec: Report<ExecStatus> | undefined;
  readonly deployment: DeploymentState;
  /** By policy: the portfolios whose exec runs other limits of it. */
  readonly otherHolders: ReadonlyMap<string, readonly string[]>;
}

export function portfolioStatus(observation: PortfolioObservation, nowMs: number): PortfolioStatus {
  const { portfolio, resolved, strategies, config, halt, exec } = observation;
  const refused = strategies.filter((strategy) => !strategy.resolved.ok).map(({ name }) => name);
  const reported = exec?.fresh === true ? exec.value : undefined;
  return {
    // Trading first, because it stays when the portfolio leaves: conditions keep their places, whatever came before.
    ...statusBase(portfolio, portfolioVerdict(observation), nowMs, [
      tradingCondition(observation),
      policiesCondition(observation),
      ...unknownFieldsCondition(resolved.ok ? resolved.unknownFields : []),
    ]),
    tradingState: reported?.tradingState ?? 'UNKNOWN',
    ...(reported === undefined || reported.reason === '' ? {} : { tradingReason: reported.reason }),
    ...(halt?.state === 'ENGAGED' ? { killSwitch: halt.killSwitch ?? 'break-glass' } : {}),
    ...policyInForce(portfolio, resolved.ok ? resolved.spec.riskPolicyRef.name : undefined),
    ...(resolved.ok ? { policyHash: resolved.policyHash } : {}),
    ...(config === undefined ? {} : { configHash: config.configHash }),
    ...(reported?.configHash === undefined ? {} : { confirmedConfigHash: reported.configHash }),
    ...(reported === undefined ? {} : { epoch: reported.epoch }),
    strategyCount: strategies.length,
    ...(refused.length === 0 ? {} : { refusedStrategies: refused.sort().slice(0, REFUSED_STRATEGIES_MAX) }),
  };
}

/** While it is being deleted; what was known of exec stands. */
export function leavingStatus(portfolio: ResourceObject, message: string, nowMs: number): PortfolioStatus {
  const trading = { type: 'Trading', status: 'False', reason: 'Deleting', message } as const;
  return {
    ...(portfolio.status as PortfolioStatus | undefined),
    ...statusBase(portfolio, reconciling('Deleting', message), nowMs, [trading]),
  };
}

/** The first that holds, read top to bottom. A halted portfolio is Ready: it does what it was told. */
export function portfolioVerdict(observation: PortfolioObservation): Verdict {
  const { resolved, busProblem, config, exec, deployment } = observation;
  if (!resolved.ok) return stalled(resolved.reason, resolved.message);
  if (busProblem !== undefined) return reconciling('BusUnavailable', `${busProblem}; goes on by itself when the bus returns`);
  if (exec?.fresh !== true) {
    return deployment.state === 'Ready'
      ? reconciling('ExecSilent', 'exec runs but has not reported for 15 s: it cannot trade; its logs say why')
      : reconciling('ExecStarting', `exec does not report yet: ${deployment.message}`);
  }
  if (config === undefined || exec.value.configHash !== config.configHash) {
    return reconciling('ConfigUnconfirmed', 'exec has not yet confirmed the newest configuration');
  }
  const unsettled = policiesCondition(observation);
  if (unsettled.status === 'False') return reconciling(unsettled.reason, unsettled.message);
  if (deployment.state !== 'Ready') return reconciling('ExecStarting', `exec reports, but ${deployment.message}`);
  return ready(...readyWords(exec.value));
}

/** Whether every exec that uses a policy of this portfolio runs the same limits of it: until then nobody takes more risk under it. */
function policiesCondition({ config, otherHolders }: PortfolioObservation): DomainCondition {
  const type = 'PoliciesSettled';
  const policies = config?.policies ?? [];
  if (policies.length === 0) return { type, status: 'Unknown', reason: 'NoPolicy', message: 'no risk policy is in force' };
  const open = policies.filter(({ delivery }) => delivery !== 'Settled');
  if (open.length === 0) return { type, status: 'True', reason: 'Settled', message: 'every exec that reports runs the same limits' };
  const words = open.slice(0, POLICIES_NAMED_MAX).map(({ name }) => {
    const holders = otherHolders.get(name) ?? [];
    return `RiskPolicy ${name}${holders.length === 0 ? '' : `, of which the exec of ${listed(holders)} runs other limits`}`;
  });
  const message = `orders that increase risk are denied until every exec that reports runs the same limits of ${words.join('; ')}`;
  return { type, status: 'False', reason: 'MixedPolicyHashes', message };
}

/** Are orders taken, and if not, why: the first obstacle that holds. */
function tradingCondition(observation: PortfolioObservation): DomainCondition {
  const { resolved, busProblem, exec, config, halt } = observation;
  const type = 'Trading';
  if (!resolved.ok) return { type, status: 'False', reason: resolved.reason, message: resolved.message };
  if (halt?.state === 'ENGAGED') {
    const message = `KillSwitch ${halt.killSwitch ?? 'break-glass'} is engaged (${halt.mode ?? 'CancelAndHold'})`;
    return { type, status: 'False', reason: halt.mode === 'ReduceOnly' ? 'ReducingByKillSwitch' : 'HaltedByKillSwitch', message };
  }
  if (busProblem !== undefined) return { type, status: 'Unknown', reason: 'BusUnavailable', message: busProblem };
  if (exec?.fresh !== true) return { type, status: 'Unknown', reason: 'ExecNotReady', message: 'exec does not report' };
  const obstacle = accountObstacle(exec.value);
  if (obstacle !== undefined) return { type, status: 'False', ...obstacle };
  if (exec.value.configHash !== config?.configHash) {
    return { type, status: 'False', reason: 'ConfigUnconfirmed', message: 'exec has not yet confirmed the newest configuration' };
  }
  const policies = policiesCondition(observation);
  if (policies.status === 'False') return { ...policies, type };
  return { type, status: 'True', reason: 'Trading', message: 'exec takes orders' };
}

function listed(names: readonly string[]): string {
  const more = names.length - HOLDERS_NAMED_MAX;
  return `${names.length === 1 ? 'Portfolio' : 'Portfolios'} ${names.slice(0, HOLDERS_NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function readyWords({ tradingState, reason }: ExecStatus): readonly [string, string] {
  const why = denialWords(reason);
  switch (tradingState) {
    case 'ACTIVE':
      return ['Trading', 'exec runs the newest configuration and accepts orders'];
    case 'REDUCING':
      return ['Reducing', `exec accepts only orders that reduce a position (${why})`];
    case 'HALTED':
      return ['Halted', `exec accepts no orders (${why})`];
    default:
      return unreachable(tradingState);
  }
}
