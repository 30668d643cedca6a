/** Reasons in the conditions of a RiskPolicy. Pure. */
import { reason } from './reason-entry.ts';
import { COMMON_REASONS, NOTHING_TO_DO } from './shared-reasons.ts';

export const RISK_POLICY_REASONS = {
  InForce: reason(['Ready', 'Delivered=True'], 'The exec of every user runs the newest limits.', NOTHING_TO_DO),
  Unused: reason(['Ready', 'Delivered=True'], 'No Portfolio or Strategy names the policy.', NOTHING_TO_DO),
  SpecInvalid: reason(
    ['Stalled', 'Delivered=Unknown'],
    'This build of the operator cannot read the spec.',
    'Correct the field that the message names, or upgrade the operator.',
  ),
  MixedHashes: reason(
    ['Reconciling', 'Delivered=False'],
    'The execs of the users run different limits, so each denies orders that increase risk under this policy.',
    'Wait until every exec that reports runs the same limits. The message names who runs which.',
  ),
  ExecSilent: reason(
    ['Reconciling', 'Delivered=False'],
    'No exec of a user that has not confirmed has reported for 15 s.',
    'Look at the Portfolios that the message names.',
  ),
  Unconfirmed: reason(
    ['Reconciling', 'Delivered=False'],
    'Some execs that report have not confirmed the newest limits.',
    'Wait some seconds. If the reason stays, follow the runbook FlotillaPolicyUnconfirmed.',
  ),
  StillInUse: reason(
    ['Reconciling'],
    'The policy is being deleted, and objects still name it, so its limits stay in force.',
    'Give the objects that the message names another policy.',
  ),
  ...COMMON_REASONS,
};
