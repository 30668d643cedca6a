/** Streams, durable consumers and buckets. The operator alone creates them. */
import {
  AGENT_IN_FLIGHT_MAX,
  AUDIT_IN_FLIGHT_MAX,
  DEDUPLICATION_WINDOW_MS,
  EXEC_IN_FLIGHT_MAX,
  GATEWAY_IN_FLIGHT_MAX,
} from '../values/limits.ts';
import { subjects } from './subjects.ts';

const DAY_MS = 86_400_000;

/**
 * A gateway that has not acknowledged a signal after this time is gone, because normalising takes a millisecond. With a longer wait the signal
 * would be too old to trade on. A signal that is delivered twice is published twice with the same id.
 */
const NORMALISER_ACK_WAIT_MS = 2_000;

export interface StreamDefinition {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly maxAgeMs: number;
  /** Whether deleting and purging messages is forbidden for every user. */
  readonly sealed: boolean;
  readonly duplicateWindowMs: number;
  /** Messages on these subjects are pushed to those who hear of them ({@link ./core-account.ts}). */
  readonly pushed?: string;
}

/** All streams have retention `limits`, file storage and `discard: new`, so that a full stream refuses new messages and keeps the old ones. */
export const STREAMS = {
  SIGNALS: stream('SIGNALS', ['signals.raw.*', 'signals.normalized.*.*'], 7 * DAY_MS, false, 'signals.normalized.>'),
  DECISIONS: stream('DECISIONS', ['decisions.proposal.*.*', 'decisions.order_intent.*.*'], 30 * DAY_MS, true),
  EXECUTIONS: stream(
    'EXECUTIONS',
    ['executions.order.*.*', 'executions.fill.*.*', 'executions.reconcile.*', 'executions.epoch.*'],
    365 * DAY_MS,
    true,
    'executions.>',
  ),
  AUDIT: stream('AUDIT', ['audit.event.*'], 7 * 365 * DAY_MS, true),
  POISON: stream('POISON', ['poison.*.*'], 90 * DAY_MS, true),
  /**
   * Evidence that no service acts on: decisions of agents whose AgentRole says so, and publications on subjects that the principal has no right to.
   */
  QUARANTINE: stream('QUARANTINE', ['quarantine.>'], 30 * DAY_MS, true, 'quarantine.>'),
} as const;

export type StreamName = keyof typeof STREAMS;

export interface ConsumerDefinition {
  readonly stream: StreamName;
  readonly name: string;
  readonly filterSubjects: readonly string[];
  readonly maxInFlight: number;
  /** How long the bus waits for an acknowledgement; {@link ACK_WAIT_MS} by default. */
  readonly ackWaitMs?: number;
  /** `all`: from the first message of the stream. `new`: only messages that are published after the creation of the consumer. */
  readonly deliver: 'all' | 'new';
}

export function normaliserConsumer(): ConsumerDefinition {
  return {
    stream: 'SIGNALS',
    name: 'gateway-normaliser',
    filterSubjects: ['signals.raw.*'],
    maxInFlight: GATEWAY_IN_FLIGHT_MAX,
    ackWaitMs: NORMALISER_ACK_WAIT_MS,
    deliver: 'all',
  };
}

/**
 * A new strategy must not trade on old signals, so its consumer begins with the first message after its creation.
 *
 * @param venues venues that its AgentRole allows; every venue by default
 */
export function agentConsumer(
  portfolio: string,
  strategy: string,
  instruments: readonly string[],
  venues: readonly string[] = ['*'],
): ConsumerDefinition {
  return {
    stream: 'SIGNALS',
    // Neither name can contain an underscore, so no two pairs give the same consumer.
    name: `agent-${portfolio}_${strategy}`,
    filterSubjects: venues.flatMap((venue) => instruments.map((instrument) => `signals.normalized.${venue}.${instrument}`)),
    maxInFlight: AGENT_IN_FLIGHT_MAX,
    deliver: 'new',
  };
}

export function execConsumer(portfolio: string): ConsumerDefinition {
  return {
    stream: 'DECISIONS',
    name: `exec-${portfolio}`,
    filterSubjects: [subjects.orderIntent(portfolio, 'x').replace(/x$/, '*')],
    maxInFlight: EXEC_IN_FLIGHT_MAX,
    deliver: 'all',
  };
}

/** The audit log reads every stream as a whole. */
export function auditConsumer(name: StreamName): ConsumerDefinition {
  return { stream: name, name: 'audit', filterSubjects: [], maxInFlight: AUDIT_IN_FLIGHT_MAX, deliver: 'all' };
}

/**
 * Key-value buckets (a JetStream stream `KV_<bucket>` each). The operator writes CONFIG, CONTROL and PRINCIPALS; services write their own key of
 * STATUS, and agents their own key of CHECKPOINTS.
 */
export const BUCKETS = {
  CONFIG: { name: 'CONFIG', history: 5 },
  CONTROL: { name: 'CONTROL', history: 16 },
  STATUS: { name: 'STATUS', history: 1 },
  PRINCIPALS: { name: 'PRINCIPALS', history: 1 },
  CHECKPOINTS: { name: 'CHECKPOINTS', history: 1 },
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
  /** PRINCIPALS: the account of a ServiceAccount ({@link ../access/admission-record.ts}). */
  admission: (namespace: string, serviceAccount: string) => `account.${namespace}.${serviceAccount}`,
  /** PRINCIPALS: the keys by which the API server signs the tokens of ServiceAccounts, a JSON Web Key Set. */
  tokenKeys: 'token-keys',
} as const;

function stream(name: string, subjectList: readonly string[], maxAgeMs: number, sealed: boolean, pushed?: string): StreamDefinition {
  const definition = { name, subjects: subjectList, maxAgeMs, sealed, duplicateWindowMs: DEDUPLICATION_WINDOW_MS };
  return pushed === undefined ? definition : { ...definition, pushed };
}
