/** Streams and durable consumers; the operator alone creates them. */
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
 * Normalising takes a millisecond, so a gateway that has not acknowledged after this is gone; a signal that waited for half a minute would be too
 * old to trade on. One that comes twice is published with the same id.
 */
const NORMALISER_ACK_WAIT_MS = 2_000;

export interface StreamDefinition {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly maxAgeMs: number;
  /** No message may be deleted or purged by anybody. */
  readonly sealed: boolean;
  readonly duplicateWindowMs: number;
}

/** Limits streams on file storage; `discard: new`, so that a full stream refuses instead of forgetting. */
export const STREAMS = {
  SIGNALS: stream('SIGNALS', ['signals.raw.*', 'signals.normalized.*.*'], 7 * DAY_MS, false),
  DECISIONS: stream('DECISIONS', ['decisions.proposal.*.*', 'decisions.order_intent.*.*'], 30 * DAY_MS, true),
  EXECUTIONS: stream(
    'EXECUTIONS',
    ['executions.order.*.*', 'executions.fill.*.*', 'executions.reconcile.*', 'executions.epoch.*'],
    365 * DAY_MS,
    true,
  ),
  AUDIT: stream('AUDIT', ['audit.event.*'], 7 * 365 * DAY_MS, true),
  POISON: stream('POISON', ['poison.*.*'], 90 * DAY_MS, true),
} as const;

export type StreamName = keyof typeof STREAMS;

export interface ConsumerDefinition {
  readonly stream: StreamName;
  readonly name: string;
  readonly filterSubjects: readonly string[];
  readonly maxInFlight: number;
  /** How long the bus waits for an acknowledgement; {@link ACK_WAIT_MS} unless told otherwise. */
  readonly ackWaitMs?: number;
  /** `all`: from the stream's first message; `new`: only what is published after its creation. */
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

/** A new strategy does not trade on old signals, so it begins with what comes after its creation. */
export function agentConsumer(portfolio: string, strategy: string, instruments: readonly string[]): ConsumerDefinition {
  return {
    stream: 'SIGNALS',
    // An underscore cannot stand in either name, so no two pairs give the same consumer.
    name: `agent-${portfolio}_${strategy}`,
    filterSubjects: instruments.map((instrument) => `signals.normalized.*.${instrument}`),
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

/** Audit reads every stream whole. */
export function auditConsumer(name: StreamName): ConsumerDefinition {
  return { stream: name, name: 'audit', filterSubjects: [], maxInFlight: AUDIT_IN_FLIGHT_MAX, deliver: 'all' };
}

/** Key-value buckets (a JetStream stream `KV_<bucket>` each). The operator writes CONFIG and CONTROL; services write their own key of STATUS. */
export const BUCKETS = {
  CONFIG: { name: 'CONFIG', history: 5 },
  CONTROL: { name: 'CONTROL', history: 16 },
  STATUS: { name: 'STATUS', history: 1 },
} as const;

export type BucketName = keyof typeof BUCKETS;

export const keys = {
  /** CONFIG: what exec of a portfolio runs with ({@link ./control/exec-config.ts}). */
  execConfig: (portfolio: string) => `exec.${portfolio}`,
  /** CONTROL: the halt in force ({@link ./control/halt.ts}). */
  halt: (portfolio: string) => `halt.${portfolio}`,
  /** STATUS: what exec reports ({@link ./control/exec-status.ts}). */
  execStatus: (portfolio: string) => `exec.${portfolio}`,
  /** STATUS: what an agent reports. */
  agentStatus: (portfolio: string, strategy: string) => `agent.${portfolio}.${strategy}`,
  /** STATUS: what a gateway reports ({@link ./control/gateway-status.ts}). */
  gatewayStatus: (gateway: string) => `gateway.${gateway}`,
} as const;

function stream(name: string, subjectList: readonly string[], maxAgeMs: number, sealed: boolean): StreamDefinition {
  return { name, subjects: subjectList, maxAgeMs, sealed, duplicateWindowMs: DEDUPLICATION_WINDOW_MS };
}
