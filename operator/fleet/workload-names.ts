/** Names of the objects that the operator makes. Controllers of several kinds look these objects up. */

export function agentDeploymentName(strategy: string): string {
  return `${strategy}-agent`;
}

export function agentKeyName(strategy: string): string {
  return `${strategy}-agent-key`;
}

export function execDeploymentName(portfolio: string): string {
  return `${portfolio}-exec`;
}

/** Name of the audit writer's objects. */
export const AUDIT_NAME = 'flotilla-audit';
