/** Reasons in the conditions of a KillSwitch, and in the entries of `status.namespaces`. Pure. */
import { reason } from './reason-entry.ts';
import { COMMON_REASONS, NOTHING_TO_DO, WAIT } from './shared-reasons.ts';

export const KILL_SWITCH_REASONS = {
  Halted: reason(['Ready'], 'Every portfolio in scope is halted, and every step is confirmed.', 'Delete the KillSwitch to trade again.'),
  NothingInScope: reason(
    ['Stalled', 'GatesClosed=Unknown', 'OrdersCancelled=Unknown', 'AgentsStopped=Unknown'],
    'No Portfolio is in the scope, so the KillSwitch halts nothing.',
    'Check the names in `spec.scope`: delete the KillSwitch and create one with the right scope.',
  ),
  HaltPartial: reason(
    ['Reconciling'],
    'For some portfolios in scope it is unknown whether they are halted.',
    'Look at the portfolios that the message names: their exec does not report, or no operator serves them, or they do not exist.',
  ),
  BusUnavailable: reason(
    ['Reconciling'],
    'The operator cannot reach NATS, so the halt is not written yet and it is unknown what exec does.',
    'Check NATS. If orders must stop now, use the break-glass command.',
  ),
  ExecSilent: reason(
    ['Reconciling'],
    'The exec of some portfolios of a namespace does not report.',
    'Follow the runbook FlotillaExecSilent.',
  ),
  Publishing: reason(['Reconciling'], 'The operator writes the halt record of a portfolio.', WAIT),
  Closing: reason(['Reconciling'], 'The halt record is written, and exec has not yet confirmed that its gate is closed.', WAIT),
  Cancelling: reason(['Reconciling'], 'The gate is closed, and exec cancels open orders.', WAIT),
  StoppingAgents: reason(['Reconciling'], 'No order is open, and agents still have pods.', WAIT),
  Unconfirmed: reason(
    ['Reconciling', 'GatesClosed=Unknown', 'OrdersCancelled=Unknown', 'AgentsStopped=Unknown'],
    'The step is confirmed for every portfolio except those of which nothing is known.',
    'Look at the portfolios that the message names.',
  ),
  Releasing: reason(
    ['Reconciling'],
    'The KillSwitch is deleted, and the halt ends after exec has confirmed that it is complete.',
    'Wait. If exec cannot report any more, the message says how a person decides instead.',
  ),
  Done: reason(
    ['GatesClosed=True', 'OrdersCancelled=True', 'AgentsStopped=True'],
    'The step is confirmed for every portfolio in scope.',
    NOTHING_TO_DO,
  ),
  Waiting: reason(
    ['GatesClosed=False', 'OrdersCancelled=False', 'AgentsStopped=False'],
    'The step is not done for some portfolios.',
    'Wait. `status.portfolios` shows each portfolio.',
  ),
  NotAsked: reason(['AgentsStopped=False'], 'Under ReduceOnly agents keep running, because they send the reducing orders.', NOTHING_TO_DO),
  ...COMMON_REASONS,
};
