/**
 * Principals: who connects to the bus. Each principal has one role and an account of its own, so no principal can launder a write through the rights
 * of another.
 */
import type { Publications } from '../resources/agent-role.ts';

/** A built-in role. The role decides what a principal may do; its names narrow the role to its own portfolio and strategy. */
export const ROLE_NAMES = ['Gateway', 'SignalAgent', 'Exec', 'AuditWriter', 'Reader'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

export type Principal =
  /** `Gateway`: webhooks, feeds and the normaliser. `Reader`: the command line of people. */
  | { readonly role: 'Gateway' | 'AuditWriter' | 'Reader' }
  | { readonly role: 'Exec'; readonly portfolio: string }
  | {
      readonly role: 'SignalAgent';
      readonly portfolio: string;
      readonly strategy: string;
      /** Where its decisions go, by its AgentRole. Default: `Deliver`. */
      readonly publications?: Publications;
    };

/** Unique within a namespace: names of portfolios and strategies contain no underscore. */
export function principalName(principal: Principal): string {
  switch (principal.role) {
    case 'Exec':
      return `exec-${principal.portfolio}`;
    case 'SignalAgent':
      return `agent-${principal.portfolio}_${principal.strategy}`;
    case 'AuditWriter':
      return 'audit';
    default:
      return principal.role.toLowerCase();
  }
}

/** Name of a principal's account: unique in an installation that serves many namespaces. */
export function accountName(namespace: string, principal: Principal): string {
  return `${namespace}/${principalName(principal)}`;
}
