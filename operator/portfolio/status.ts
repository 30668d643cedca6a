/** Makes the status of a Portfolio from what is known. Pure. */
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { PortfolioStatus } from '@flotilla/contracts/resources/portfolio.ts';
import type { PermissionProof } from '../status/permission-board.ts';
import type { Report } from '../provision/status-board.ts';
import { type BusProblem, increasesDenied, openPolicies, PORTFOLIO_OBSTACLES } from '../fleet/obstacles.ts';
import { listOtherHolders } from '../fleet/policies-in-force.ts';
import { obstaclesOf, tradingConditionOf, verdictOf } from '../status/obstacle.ts';
import { conditionsBefore, type DomainCondition, reconciling, statusBase } from '../status/standard-conditions.ts';
import { permissionsCondition, permissionsStatus } from '../status/permissions.ts';
import { policyInForce } from '../status/policy-in-force.ts';
import { unknownFieldsCondition } from '../status/unknown-fields.ts';
import type { DeploymentState } from '../workload/deployment-state.ts';
import type { PortfolioSnapshot } from './plan.ts';

/** As the CRD bounds it. */
const REFUSED_STRATEGIES_MAX = 64;

export interface PortfolioObservation extends PortfolioSnapshot {
  /** Why the operator could not write to the bus, if it could not. */
  readonly busProblem: BusProblem | undefined;
  readonly config: ExecConfig | undefined;
  readonly halt: HaltRecord | undefined;
  readonly exec: Report<ExecStatus> | undefined;
  readonly deployment: DeploymentState;
  /** The last proof of exec's permissions. */
  readonly proof?: PermissionProof | undefined;
  /** Why exec ended by an error, when it has not reported since; undefined otherwise, and when nothing is known. */
  readonly crash?: string | undefined;
  /** By policy: the portfolios whose exec runs other limits of it. */
  readonly otherHolders: ReadonlyMap<string, readonly string[]>;
}

export function portfolioStatus(observation: PortfolioObservation, nowMs: number): PortfolioStatus {
  const { portfolio, resolved, strategies, config, halt, exec, crash, proof } = observation;
  const obstacles = obstaclesOf(PORTFOLIO_OBSTACLES, observation);
  const verdict = verdictOf(obstacles, { reason: 'Trading', message: 'exec runs the newest configuration and accepts orders' });
  const refused = strategies.filter((strategy) => !strategy.resolved.ok).map(({ name }) => name);
  // The report of an exec that has ended says nothing about the next exec.
  const reported = exec?.fresh === true && crash === undefined ? exec.value : undefined;
  return {
    // Trading comes first, because it stays while the portfolio is being deleted, and conditions keep their places.
    ...statusBase(portfolio, verdict, nowMs, [
      tradingConditionOf(obstacles, 'exec takes orders'),
      policiesCondition(observation),
      ...permissionsCondition(proof, conditionsBefore(portfolio)),
      ...unknownFieldsCondition(resolved.ok ? resolved.unknownFields : []),
    ]),
    tradingState: reported?.tradingState ?? 'UNKNOWN',
    ...(reported === undefined || reported.reason === '' ? {} : { tradingReason: reported.reason }),
    ...(halt?.state === 'ENGAGED' ? { killSwitch: halt.killSwitch ?? 'break-glass' } : {}),
    ...policyInForce(portfolio, resolved.ok ? resolved.spec.riskPolicyRef.name : undefined),
    ...(resolved.ok ? { policyHash: resolved.policyHash } : {}),
    ...permissionsStatus((portfolio.status as PortfolioStatus | undefined)?.permissions, proof),
    ...(config === undefined ? {} : { configHash: config.configHash }),
    ...(reported?.configHash === undefined ? {} : { confirmedConfigHash: reported.configHash }),
    ...(reported === undefined ? {} : { epoch: reported.epoch }),
    strategyCount: strategies.length,
    ...(refused.length === 0 ? {} : { refusedStrategies: refused.sort().slice(0, REFUSED_STRATEGIES_MAX) }),
  };
}

/** The status while the Portfolio is being deleted. What was known of exec stays. */
export function leavingStatus(portfolio: ResourceObject, message: string, nowMs: number): PortfolioStatus {
  const trading = { type: 'Trading', status: 'False', reason: 'Deleting', message } as const;
  return {
    ...(portfolio.status as PortfolioStatus | undefined),
    ...statusBase(portfolio, reconciling('Deleting', message), nowMs, [trading]),
  };
}

/** Whether every exec that uses a policy of this portfolio runs the same limits of it: until then no exec takes more risk under it. */
function policiesCondition({ config, otherHolders }: PortfolioObservation): DomainCondition {
  const type = 'PoliciesSettled';
  if ((config?.policies ?? []).length === 0) return { type, status: 'Unknown', reason: 'NoPolicy', message: 'no risk policy is in force' };
  const open = openPolicies(config);
  if (open.length === 0) return { type, status: 'True', reason: 'Settled', message: 'every exec that reports runs the same limits' };
  const message = increasesDenied(listOtherHolders(open, otherHolders));
  return { type, status: 'False', reason: 'MixedPolicyHashes', message };
}
