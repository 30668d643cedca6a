/** Every resource kind, in the order in which a person meets them. */
import { agentRoleResource } from './agent-role.ts';
import type { ResourceDefinition } from './definition.ts';
import { killSwitchResource } from './kill-switch.ts';
import { portfolioResource } from './portfolio.ts';
import { riskPolicyResource } from './risk-policy.ts';
import { signalSourceResource } from './signal-source.ts';
import { strategyResource } from './strategy.ts';

export const RESOURCES = [
  portfolioResource,
  strategyResource,
  riskPolicyResource,
  agentRoleResource,
  signalSourceResource,
  killSwitchResource,
] as const satisfies readonly ResourceDefinition[];

export type ResourceKind = (typeof RESOURCES)[number]['kind'];
