/**
 * Principals: who connects to the bus. Each principal has one role and an account of its own, so no principal can launder a write through the rights
 * of another.
 */
import type { Publications } from '../resources/agent-role.ts';
import type { PersonRole } from './person.ts';

/** A built-in role. The role decides what a principal may do; its names narrow the role to its own portfolio and strategy. */
export const ROLE_NAMES = ['Gateway', 'Normaliser', 'SignalAgent', 'Exec', 'AuditWriter', 'Reader', 'Person'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

export type Principal =
  /**
   * `Normaliser`: the second connection of the gateway's process, which turns raw signals into normalized ones. `Reader`: the command line of people who
   * have no account of their own.
   */
  | { readonly role: 'Normaliser' | 'AuditWriter' | 'Reader' }
  | {
      /** Webhooks and feeds. */
      readonly role: 'Gateway';
      /** Pods of a version without the principal Normaliser may run, and normalise over the connection of the gateway (ADR 0114). */
      readonly normalises?: true;
    }
  /** The command line of one person. */
  | { readonly role: 'Person'; readonly person: string; readonly personRole: PersonRole }
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
    case 'Person':
      return `person-${principal.person}`;
    default:
      return principal.role.toLowerCase();
  }
}

/** Whether the principal asks others, whose accounts the servers must know before they load the claims of the principal. */
export function asksOthers({ role }: Principal): boolean {
  return role === 'Reader' || role === 'Person';
}

const AGENT_NAME = /^agent-([^_]+)_(.+)$/;
const EXEC_NAME = /^exec-(.+)$/;

/** The agent or exec of a name by {@link principalName}; undefined for the principals that every namespace has. */
export function workerOfName(name: string): Extract<Principal, { readonly portfolio: string }> | undefined {
  const [, portfolio, strategy] = AGENT_NAME.exec(name) ?? [];
  if (portfolio !== undefined && strategy !== undefined) return { role: 'SignalAgent', portfolio, strategy };
  const [, own] = EXEC_NAME.exec(name) ?? [];
  return own === undefined ? undefined : { role: 'Exec', portfolio: own };
}

/** Name of a principal's account: unique in an installation that serves many namespaces. */
export function accountName(namespace: string, principal: Principal): string {
  return `${namespace}/${principalName(principal)}`;
}

const CORE_NAME = /^[^/]+\/core$/;
/** No name of a principal holds a space. */
const PROBE_NAME = /^[^/ ]+\/probe /;

/** Name of the core account of a tenant namespace beside the namespace of the installation. No principal has the name `core`. */
export function coreAccountName(namespace: string): string {
  return `${namespace}/core`;
}

/** Whether it is a name by {@link coreAccountName}. */
export function isCoreAccountName(name: string): boolean {
  return CORE_NAME.test(name);
}

/** Name of the account in which the operator of a namespace tries what principals may not do. @param signingKey public key that signs its users */
export function probeAccountName(namespace: string, signingKey: string): string {
  return `${namespace}/probe ${signingKey}`;
}

/** Whether it is a name by {@link probeAccountName}, also with the principal behind whose claims the account has. */
export function isProbeAccountName(name: string): boolean {
  return PROBE_NAME.test(name);
}
