/**
 * Every reason in a condition of every kind, with its meaning and what to do: the one table. The types of the operator, the agents and the gateway
 * take reasons from here alone, and `docs/reference/condition-reasons.md` is generated from here. A reason is never used again for another
 * meaning. Pure.
 */
import { AGENT_ROLE_REASONS } from './agent-role-reasons.ts';
import { KILL_SWITCH_REASONS } from './kill-switch-reasons.ts';
import { PORTFOLIO_REASONS } from './portfolio-reasons.ts';
import { RISK_POLICY_REASONS } from './risk-policy-reasons.ts';
import { SIGNAL_SOURCE_REASONS } from './signal-source-reasons.ts';
import { STRATEGY_REASONS } from './strategy-reasons.ts';

export const CONDITION_REASONS = {
  Portfolio: PORTFOLIO_REASONS,
  Strategy: STRATEGY_REASONS,
  RiskPolicy: RISK_POLICY_REASONS,
  AgentRole: AGENT_ROLE_REASONS,
  SignalSource: SIGNAL_SOURCE_REASONS,
  KillSwitch: KILL_SWITCH_REASONS,
};

export type ConditionedKind = keyof typeof CONDITION_REASONS;
/** A reason of one kind. */
export type ReasonOf<Kind extends ConditionedKind> = keyof (typeof CONDITION_REASONS)[Kind];
/** A reason of any kind. */
export type Reason = { readonly [Kind in ConditionedKind]: ReasonOf<Kind> }[ConditionedKind];
