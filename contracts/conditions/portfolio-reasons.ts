/** Reasons in the conditions of a Portfolio. Pure. */
import { reason } from './reason-entry.ts';
import { ACCOUNT_REASONS, BUS_REASONS, COMMON_REASONS, NOTHING_TO_DO, PERMISSION_REASONS, WAIT } from './shared-reasons.ts';

export const PORTFOLIO_REASONS = {
  Trading: reason(['Ready', 'Trading=True'], 'exec runs the newest configuration and accepts orders.', NOTHING_TO_DO),
  HaltedByKillSwitch: reason(
    ['Ready', 'Trading=False'],
    'A kill switch is engaged, so exec denies all orders.',
    'Delete the KillSwitch that the message names, or end a halt of the break-glass command, to trade again.',
  ),
  Halted: reason(
    ['Ready', 'Trading=False'],
    'exec accepts no orders, for the code in the message.',
    'Look up the code in the list of denials.',
  ),
  ...ACCOUNT_REASONS,
  ...PERMISSION_REASONS,
  SpecInvalid: reason(
    ['Stalled', 'Trading=False'],
    'This build of the operator cannot read the spec.',
    'Correct the field that the message names, or upgrade the operator.',
  ),
  RiskPolicyNotFound: reason(
    ['Stalled', 'Trading=False'],
    'The namespace has no RiskPolicy of that name.',
    'Correct `spec.riskPolicyRef`, or create the RiskPolicy.',
  ),
  RiskPolicyInvalid: reason(
    ['Stalled', 'Trading=False'],
    'This build of the operator cannot read the RiskPolicy.',
    'Correct the field of the RiskPolicy that the message names.',
  ),
  InstrumentInvalid: reason(
    ['Stalled', 'Trading=False'],
    'An instrument that the Portfolio defines contradicts itself.',
    'Correct the entry of `spec.instruments` that the message names.',
  ),
  ...BUS_REASONS,
  ExecCrashing: reason(
    ['Reconciling', 'Trading=Unknown'],
    'exec ended with an error and has not reported since.',
    'Read the error in the message, then the logs of exec. Kubernetes starts exec again.',
  ),
  ExecSilent: reason(
    ['Reconciling', 'Trading=Unknown'],
    'The pod of exec is ready, and exec has not reported for 15 s.',
    'Follow the runbook FlotillaExecSilent.',
  ),
  ExecStarting: reason(
    ['Reconciling', 'Trading=Unknown'],
    'The pod of exec is not ready yet.',
    'Wait. If the reason stays, look at the pod of exec with `kubectl describe pod`.',
  ),
  HaltRecordUnusable: reason(
    ['Reconciling', 'Trading=False'],
    'exec cannot use the halt record, so exec denies orders that increase risk.',
    'Wait. The operator writes the record again. If the reason stays, compare the versions of operator and exec.',
  ),
  ConfigRecordUnusable: reason(
    ['Reconciling', 'Trading=False'],
    'exec cannot use its configuration, so exec denies orders that increase risk.',
    'Wait. The operator writes the record again. If the reason stays, compare the versions of operator and exec.',
  ),
  ConfigUnconfirmed: reason(
    ['Reconciling', 'Trading=False'],
    'exec has not yet confirmed the newest configuration.',
    'Wait some seconds. If the reason stays, read the logs of exec.',
  ),
  MixedPolicyHashes: reason(
    ['Reconciling', 'Trading=False', 'PoliciesSettled=False'],
    'The execs run different limits of one RiskPolicy, so each denies orders that increase risk under that policy.',
    'Wait until every exec that reports runs the same limits. The message names the portfolios that are behind.',
  ),
  Deleting: reason(
    ['Reconciling', 'Trading=False'],
    'The Portfolio is being deleted, and the operator waits until exec has confirmed that no order is open.',
    'Wait. If exec cannot report any more, the message says how a person decides instead.',
  ),
  Settled: reason(['PoliciesSettled=True'], 'Every exec that reports runs the same limits.', NOTHING_TO_DO),
  NoPolicy: reason(['PoliciesSettled=Unknown'], 'No limits have been delivered to exec yet.', WAIT),
  ...COMMON_REASONS,
};
