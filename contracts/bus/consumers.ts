/** The durable consumers of the bus, with their filters and bounds. The operator alone creates them. */
import { AGENT_IN_FLIGHT_MAX, AUDIT_IN_FLIGHT_MAX, EXEC_IN_FLIGHT_MAX, GATEWAY_IN_FLIGHT_MAX } from '../values/limits.ts';
import type { StreamName } from './streams.ts';
import { subjects } from './subjects.ts';

/**
 * A gateway that has not acknowledged a signal after this time is gone, because normalising takes a millisecond. With a longer wait the signal
 * would be too old to trade on. A signal that is delivered twice is published twice with the same id.
 */
const NORMALISER_ACK_WAIT_MS = 2_000;

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
