/** Reasons in the conditions of a Strategy. Pure. */
import { reason } from './reason-entry.ts';
import { ACCOUNT_REASONS, BUS_REASONS, COMMON_REASONS, NOTHING_TO_DO, PERMISSION_REASONS } from './shared-reasons.ts';

export const STRATEGY_REASONS = {
  Running: reason(['Ready'], 'The agent runs and its orders are accepted.', NOTHING_TO_DO),
  Trading: reason(['Trading=True'], 'The agent decides on signals and its orders are accepted.', NOTHING_TO_DO),
  Paused: reason(
    ['Ready', 'Reconciling', 'Trading=False', 'Trading=Unknown'],
    '`spec.desiredState` is Paused: the agent is stopped, and open orders rest.',
    'Set `spec.desiredState` to Running to trade again.',
  ),
  Halted: reason(
    ['Ready', 'Reconciling', 'Trading=False', 'Trading=Unknown'],
    '`spec.desiredState` is Halted: the agent is stopped and its open orders are cancelled; or exec accepts no orders, for the code in the message.',
    'Set `spec.desiredState` to Running to trade again. Look up a code in the list of denials.',
  ),
  HaltedByKillSwitch: reason(
    ['Ready', 'Reconciling', 'Trading=False'],
    'A kill switch is engaged for the Portfolio.',
    'Delete the KillSwitch that the message names to trade again.',
  ),
  ...ACCOUNT_REASONS,
  ...PERMISSION_REASONS,
  PermissionLeaked: reason(
    ['PermissionsEnforced=False', 'Stalled', 'Trading=False'],
    'A probe reached subjects that the agent must not reach, so the agent is stopped and exec takes only orders that reduce, unless its AgentRole says Alert.',
    'Follow the runbook FlotillaPermissionLeak. When a later probe finds no leak, a person resumes the Strategy by the annotation that the message names.',
  ),
  SpecInvalid: reason(
    ['Stalled', 'Trading=False'],
    'This build of the operator cannot read the spec.',
    'Correct the field that the message names, or upgrade the operator.',
  ),
  AgentUnknown: reason(
    ['Stalled', 'Trading=False'],
    'Flotilla has no built-in agent of that name.',
    'Set `spec.agent.builtIn` to one of the agents that the message lists.',
  ),
  ParametersInvalid: reason(
    ['Stalled', 'Trading=False'],
    'The agent cannot use its parameters.',
    'Correct the fields of `spec.parameters` that the message names.',
  ),
  PortfolioNotFound: reason(
    ['Stalled', 'Trading=False'],
    'The namespace has no Portfolio of that name.',
    'Correct `spec.portfolioRef`, or create the Portfolio.',
  ),
  PortfolioBlocked: reason(
    ['Stalled', 'Trading=False'],
    'The Portfolio itself is Stalled.',
    'Correct the Portfolio; the message gives its reason.',
  ),
  RiskPolicyNotFound: reason(
    ['Stalled', 'Trading=False'],
    'The namespace has no RiskPolicy of the name that the Strategy or its Portfolio gives.',
    'Correct `spec.riskPolicyRef`, or create the RiskPolicy.',
  ),
  RiskPolicyInvalid: reason(
    ['Stalled', 'Trading=False'],
    'This build of the operator cannot read the RiskPolicy.',
    'Correct the field of the RiskPolicy that the message names.',
  ),
  AgentRoleNotFound: reason(
    ['Stalled', 'Trading=False'],
    'The namespace has no AgentRole of the name that the Strategy gives, so no agent runs and the bus takes no decision of one.',
    'Correct `spec.agentRoleRef`, or create the AgentRole.',
  ),
  AgentRoleInvalid: reason(
    ['Stalled', 'Trading=False'],
    'This build of the operator cannot read the AgentRole, or does not know a field of it, which may take a right away.',
    'Correct the field of the AgentRole that the message names, or upgrade the operator.',
  ),
  InstrumentNotAllowed: reason(
    ['Stalled', 'Trading=False'],
    'The AgentRole of the Strategy does not allow an instrument that the Strategy names.',
    'Remove the instrument from `spec.instruments`, or add it to `spec.signals.instruments` of the AgentRole.',
  ),
  DecisionsProposedOnly: reason(
    ['Ready', 'Trading=False'],
    'The AgentRole of the Strategy lets the agent publish proposals and no intents, so exec trades nothing for the Strategy.',
    'Set `spec.publications` of the AgentRole to Deliver to trade again.',
  ),
  DecisionsQuarantined: reason(
    ['Ready', 'Trading=False'],
    'The AgentRole of the Strategy diverts the decisions of the agent to the stream QUARANTINE, which exec does not read.',
    'Set `spec.publications` of the AgentRole to Deliver to trade again.',
  ),
  DecisionsRefused: reason(
    ['Ready', 'Trading=False'],
    'The AgentRole of the Strategy lets the agent publish nothing, so the bus refuses its decisions.',
    'Set `spec.publications` of the AgentRole to Deliver to trade again.',
  ),
  InstrumentUnknown: reason(
    ['Stalled', 'Trading=False'],
    'An instrument of the Strategy is neither built in nor defined by the Portfolio.',
    'Correct `spec.instruments`, or define the instrument in the Portfolio.',
  ),
  SignalSourceNotFound: reason(
    ['Stalled', 'Trading=False'],
    'The parameters name a SignalSource that does not exist, so the agent sees no alert.',
    'Correct `spec.parameters.source`, or create the SignalSource.',
  ),
  ConfigEntryUnreadable: reason(
    ['Stalled', 'Trading=False'],
    'exec cannot read the entry of the Strategy in its configuration, so exec refuses every order of the Strategy.',
    'Compare the versions of operator and exec, and upgrade the older one.',
  ),
  DecisionsFail: reason(
    ['Stalled', 'Trading=False'],
    'Every decision of the agent ends with an error.',
    'Read the error in the message and the logs of the agent, then correct the parameters or the signals.',
  ),
  QuantityOffLot: reason(
    ['Stalled', 'Trading=False'],
    'The quantity is not a whole number of lots of an instrument.',
    'Correct `spec.parameters.quantity`.',
  ),
  OrdersUnanswered: reason(
    ['Stalled', 'Trading=False'],
    'So many orders are open or not answered by exec that the agent proposes no more.',
    'Look at the Portfolio and at the logs of exec.',
  ),
  PricesUnusable: reason(
    ['Stalled', 'Trading=False'],
    'The last prices of an instrument are below one tick, so neither the agent nor exec can use them.',
    'Correct the tick size of the instrument, or the source of the prices. The agent goes on with the next usable price.',
  ),
  PositionNotSized: reason(
    ['Stalled', 'Trading=False'],
    'The agent wants a position and cannot compute its quantity, so the agent closes what it holds and opens nothing.',
    'Read the message. Set a higher `spec.parameters.notional`, or a `quantity`; for an Alert agent, send market prices of the instrument.',
  ),
  HandoverBlocked: reason(
    ['Stalled', 'Trading=False'],
    'The next revision cannot take over what the old one holds.',
    'Do what the message says: change `spec.instruments` or `spec.handover`.',
  ),
  ...BUS_REASONS,
  RollingOut: reason(
    ['Reconciling', 'Trading=False'],
    'One revision of the agent gives way to another.',
    'Wait. The message names the step.',
  ),
  Draining: reason(
    ['Reconciling', 'Trading=False'],
    'The old revision only reduces positions until the Strategy holds nothing.',
    'Wait, or set `spec.handover` to Flatten or Handover.',
  ),
  AgentStarting: reason(
    ['Reconciling', 'Trading=False'],
    'The pod of the agent is not ready yet.',
    'Wait. If the reason stays, look at the pod of the agent with `kubectl describe pod`.',
  ),
  ExecSilent: reason(
    ['Reconciling', 'Trading=Unknown'],
    'The agent runs, and the exec of its Portfolio has not reported for 15 s.',
    'Look at the Portfolio.',
  ),
  ConfigUnconfirmed: reason(
    ['Reconciling', 'Trading=False'],
    'The agent runs, and exec has not yet confirmed that exec takes its orders.',
    'Wait some seconds. If the reason stays, read the logs of exec.',
  ),
  MixedPolicyHashes: reason(
    ['Reconciling', 'Trading=False'],
    'The execs run different limits of one RiskPolicy, so each denies orders that increase risk under that policy.',
    'Wait until every exec that reports runs the same limits. The RiskPolicy names the users that are behind.',
  ),
  Deleting: reason(
    ['Reconciling', 'Trading=False'],
    'The Strategy is being deleted, and the operator waits until exec has confirmed that none of its orders is open.',
    'Wait. If exec cannot report any more, the message says how a person decides instead.',
  ),
  PolicyUnconfirmed: reason(
    ['Trading=False'],
    'exec does not yet run the newest limits of a RiskPolicy.',
    'Wait some seconds. If the reason stays, follow the runbook FlotillaPolicyUnconfirmed.',
  ),
  AgentSilent: reason(
    ['Trading=Unknown'],
    'The pod of the agent is ready, and the agent has not reported for 15 s.',
    'Read the logs of the agent.',
  ),
  NoSignalsYet: reason(
    ['Trading=False'],
    'The agent runs and has not seen a signal of its instruments.',
    'Check that a SignalSource sends signals of these instruments.',
  ),
  ...COMMON_REASONS,
};
