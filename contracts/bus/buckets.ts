/** The key-value buckets of the bus and their keys. The operator alone creates the buckets. */

/**
 * Key-value buckets (a JetStream stream `KV_<bucket>` each). The operator writes CONFIG, CONTROL and PRINCIPALS; services write their own key of
 * STATUS, agents their own key of CHECKPOINTS, and execs their own keys of EXEC_CHECKPOINTS.
 */
export const BUCKETS = {
  CONFIG: { name: 'CONFIG', history: 5 },
  CONTROL: { name: 'CONTROL', history: 16 },
  STATUS: { name: 'STATUS', history: 1 },
  PRINCIPALS: { name: 'PRINCIPALS', history: 1 },
  CHECKPOINTS: { name: 'CHECKPOINTS', history: 1 },
  EXEC_CHECKPOINTS: { name: 'EXEC_CHECKPOINTS', history: 1 },
} as const;

export type BucketName = keyof typeof BUCKETS;

export const keys = {
  /** CONFIG: the configuration of a portfolio's exec ({@link ../control/exec-config.ts}). */
  execConfig: (portfolio: string) => `exec.${portfolio}`,
  /** CONTROL: the halt in force ({@link ../control/halt.ts}). */
  halt: (portfolio: string) => `halt.${portfolio}`,
  /** STATUS: the report of exec ({@link ../control/exec-status.ts}). */
  execStatus: (portfolio: string) => `exec.${portfolio}.report`,
  /** STATUS: the report of an agent. */
  agentStatus: (portfolio: string, strategy: string) => `agent.${portfolio}.${strategy}.report`,
  /** STATUS: the report of a gateway ({@link ../control/gateway-status.ts}). */
  gatewayStatus: (gateway: string) => `gateway.${gateway}.report`,
  /** CHECKPOINTS: the state of an agent. Other agents cannot read it. */
  checkpoint: (portfolio: string, strategy: string) => `${portfolio}.${strategy}.state`,
  /** EXEC_CHECKPOINTS: a part of the state of an exec, or the head, which names the parts. Other execs cannot read it. */
  execCheckpoint: (portfolio: string, slot: number, part: number | 'head') => `${portfolio}.${slot}.${part}`,
  /** PRINCIPALS: the account of a ServiceAccount and an audience, by `admissionEntry` ({@link ../access/admission-record.ts}). */
  admission: (namespace: string, entry: string) => `account.${namespace}.${entry}`,
  /** PRINCIPALS: the keys by which the API server signs the tokens of ServiceAccounts, a JSON Web Key Set. */
  tokenKeys: 'token-keys',
} as const;
