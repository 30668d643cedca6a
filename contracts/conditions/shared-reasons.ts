/** Reasons that several kinds share. Pure. */
import { reason } from './reason-entry.ts';

export const NOTHING_TO_DO = 'Nothing.';
export const WAIT = 'Wait. The operator goes on without help.';

/** Of every kind. */
export const COMMON_REASONS = {
  Pending: reason(
    ['Ready=Unknown', 'Reconciling=True', 'Stalled=Unknown'],
    'No operator has seen the object yet.',
    'Wait some seconds. If the reason stays, check that an operator runs and serves this namespace.',
  ),
  Idle: reason(['Reconciling=False'], 'The operator does not work on the object at the moment.', NOTHING_TO_DO),
  NotStalled: reason(['Stalled=False'], 'No person has to change anything.', NOTHING_TO_DO),
  UnknownFields: reason(
    ['SpecUnderstood=False'],
    'The operator does not know some fields of the spec and ignores them.',
    'Check the spelling of the fields that the message names, or upgrade the operator.',
  ),
  WriteRefused: reason(
    ['Stalled'],
    'The API server refuses an object that the operator writes, for example because of a quota or a missing right.',
    'Read the answer of the API server in the message and remove its cause. The operator retries.',
  ),
};

/** Of every kind with a principal at the bus. */
export const PERMISSION_REASONS = {
  Enforced: reason(
    ['PermissionsEnforced=True'],
    'The last probe was denied every forbidden subject and was answered on every permitted one; the message says what is known of the API server and of the network.',
    NOTHING_TO_DO,
  ),
  PermissionLeaked: reason(
    ['PermissionsEnforced=False'],
    'The last probe reached subjects that the principal must not reach, the API server would allow a forbidden request, or the pod reached a forbidden address.',
    'Follow the runbook FlotillaPermissionLeak.',
  ),
  PermissionUnanswered: reason(
    ['PermissionsEnforced=Unknown'],
    'The last probe got no answer on some permitted subjects, or the pod did not reach the bus by a new connection, so silence on the forbidden ones proves nothing.',
    'Check NATS: its servers may be slow, or a stream may be missing. The prober tries again within a minute.',
  ),
};

/** Of every kind that the operator writes to the bus for. */
export const BUS_REASONS = {
  BusUnavailable: reason(
    ['Reconciling', 'Trading=Unknown'],
    'The operator cannot reach NATS, so nothing is known of the services.',
    'Check NATS. The operator goes on when NATS returns.',
  ),
  BusWriteFailed: reason(
    ['Reconciling', 'Trading=Unknown'],
    'NATS answers and refused a write of the operator.',
    'Read the error in the message. The operator retries.',
  ),
};

/** Why an account does not take every order: of Portfolio and Strategy. The object is Ready all the same. */
export const ACCOUNT_REASONS = {
  HaltUnknown: reason(
    ['Ready', 'Trading=False'],
    'exec has not confirmed that no halt is in force, so exec denies orders that increase risk.',
    'Wait some seconds. If the reason stays, read the logs of exec and check NATS.',
  ),
  PolicyMissing: reason(
    ['Ready', 'Trading=False'],
    'exec has no limits for the portfolio, so exec denies orders that increase risk.',
    'Wait until exec has read its configuration. If the reason stays, check the RiskPolicy of the Portfolio.',
  ),
  ReconcileMismatch: reason(
    ['Ready', 'Trading=False'],
    'The ledger of exec and the venue disagree.',
    'Follow the runbook FlotillaReconcileMismatch.',
  ),
  Reducing: reason(
    ['Ready', 'Trading=False'],
    'exec accepts only orders that reduce a position, for the code in the message.',
    'Look up the code in the list of denials.',
  ),
  ReducingByKillSwitch: reason(
    ['Ready', 'Trading=False'],
    'A kill switch of mode ReduceOnly is engaged, so exec accepts only orders that reduce a position.',
    'Delete the KillSwitch to trade again.',
  ),
};
