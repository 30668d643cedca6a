/** Status of a Portfolio: pure, what is known in, what people read out. */
import { unreachable } from '@flotilla/contracts/assert.ts';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import { type DenialCode, DENIALS } from '@flotilla/contracts/denials.ts';
import type { PortfolioStatus } from '@flotilla/contracts/resources/portfolio.ts';
import type { Report } from '../provision/status-board.ts';
import { ready, reconciling, stalled, statusBase, type Verdict } from '../status/standard-conditions.ts';
import type { DeploymentState } from '../workload/deployment-state.ts';
import type { PortfolioSnapshot } from './plan.ts';

/** As the CRD bounds it. */
const REFUSED_STRATEGIES_MAX = 64;

export interface PortfolioObservation extends PortfolioSnapshot {
  /** Why the bus could not be written to, if it could not. */
  readonly busProblem: string | undefined;
  readonly config: ExecConfig | undefined;
  readonly halt: HaltRecord | undefined;
  readonly exec: Report<ExecStatus> | undefined;
  readonly deployment: DeploymentState;
}

export function portfolioStatus(observation: PortfolioObservation, nowMs: number): PortfolioStatus {
  const { portfolio, resolved, strategies, config, halt, exec } = observation;
  const refused = strategies.filter((strategy) => !strategy.resolved.ok).map(({ name }) => name);
  const reported = exec?.fresh === true ? exec.value : undefined;
  return {
    ...statusBase(portfolio, portfolioVerdict(observation), nowMs),
    tradingState: reported?.tradingState ?? 'UNKNOWN',
    ...(reported === undefined || reported.reason === '' ? {} : { tradingReason: reported.reason }),
    ...(halt?.state === 'ENGAGED' ? { killSwitch: halt.killSwitch ?? 'break-glass' } : {}),
    ...(resolved.ok ? { policyHash: resolved.policyHash } : {}),
    ...(config === undefined ? {} : { configHash: config.configHash }),
    ...(reported?.configHash === undefined ? {} : { confirmedConfigHash: reported.configHash }),
    ...(reported === undefined ? {} : { epoch: reported.epoch }),
    strategyCount: strategies.length,
    ...(refused.length === 0 ? {} : { refusedStrategies: refused.sort().slice(0, REFUSED_STRATEGIES_MAX) }),
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
  if (deployment.state !== 'Ready') return reconciling('ExecStarting', `exec reports, but ${deployment.message}`);
  return ready(...readyWords(exec.value));
}

function readyWords({ tradingState, reason }: ExecStatus): readonly [string, string] {
  const why = reason in DENIALS ? `${reason}: ${DENIALS[reason as DenialCode]}` : reason;
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
