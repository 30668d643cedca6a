/** Names of the objects that the operator makes for a Strategy. Controllers of several kinds look these objects up. */

export function agentDeploymentName(strategy: string): string {
  return `${strategy}-agent`;
}

export function agentKeyName(strategy: string): string {
  return `${strategy}-agent-key`;
}
