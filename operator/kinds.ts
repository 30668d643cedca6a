/** The kinds of Flotilla as the API server serves them, with their finalizers. */
import { API_GROUP_VERSION, type ResourceDefinition } from '@flotilla/contracts/resources/definition.ts';
import { agentRoleResource } from '@flotilla/contracts/resources/agent-role.ts';
import { killSwitchResource } from '@flotilla/contracts/resources/kill-switch.ts';
import { portfolioResource } from '@flotilla/contracts/resources/portfolio.ts';
import { riskPolicyResource } from '@flotilla/contracts/resources/risk-policy.ts';
import { signalSourceResource } from '@flotilla/contracts/resources/signal-source.ts';
import { strategyResource } from '@flotilla/contracts/resources/strategy.ts';
import type { KubeObject, ResourceType } from '@flotilla/kube/mod.ts';

export const KINDS = {
  portfolio: typeOf(portfolioResource),
  strategy: typeOf(strategyResource),
  riskPolicy: typeOf(riskPolicyResource),
  agentRole: typeOf(agentRoleResource),
  signalSource: typeOf(signalSourceResource),
  killSwitch: typeOf(killSwitchResource),
} as const;

/** Set on objects for which something outside the cluster must be cleaned up. */
export const BUS_FINALIZER = 'flotilla.dev/bus';
/** Whether the object has the finalizer that holds its deletion until the bus is cleaned up. */
export function isBound({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(BUS_FINALIZER) === true;
}

/** Field manager of everything that the operator applies. */
export const FIELD_MANAGER = 'flotilla-operator';
/** Set on KillSwitches by operators of former versions, whatever namespace they serve; this version only removes it. */
export const LEGACY_HALT_FINALIZER = 'flotilla.dev/halt';
/**
 * Set on a KillSwitch by the operator of each namespace that the scope names: the halt of that namespace completes before it is released.
 * The namespace stands behind the slash, because that part alone may be as long as the name of a namespace.
 */
export function haltFinalizer(namespace: string): string {
  return `halt.flotilla.dev/${namespace}`;
}
/** Set on RiskPolicies in use: a policy that is deleted and created again could be looser. */
export const POLICY_FINALIZER = 'flotilla.dev/policy-in-use';

function typeOf({ kind, plural, scope }: ResourceDefinition): ResourceType {
  return { apiVersion: API_GROUP_VERSION, kind, plural, namespaced: scope === 'Namespaced' };
}
