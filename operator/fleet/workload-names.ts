/** Names of the objects that the operator makes. Controllers of several kinds look these objects up. */

export function agentDeploymentName(strategy: string): string {
  return `${strategy}-agent`;
}

/**
 * Name of the Secret with the key of an agent. A Strategy that is deleted and created again gets another key, although the garbage collector may
 * delete the former one late. @param uid of the Strategy
 */
export function agentKeyName(strategy: string, uid: string): string {
  return `${strategy}-agent-key-${uid}`;
}

/** The name that operators gave before names had the uid. */
export function formerAgentKeyName(strategy: string): string {
  return `${strategy}-agent-key`;
}

export function execDeploymentName(portfolio: string): string {
  return `${portfolio}-exec`;
}

/** Name of the audit writer's objects. */
export const AUDIT_NAME = 'flotilla-audit';
