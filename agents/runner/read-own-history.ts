/** Reads a strategy's own past from the bus: its intents in DECISIONS, and the order events and fills of exec in EXECUTIONS. */
import {
  type Bus,
  type Fill,
  FlotillaError,
  type OrderEvent,
  type OrderIntent,
  parseEvent,
  type ServedBy,
  subjects,
  subjectTokens,
} from '@flotilla/contracts';
import { readAcknowledged } from '@flotilla/runtime/bus/read-acknowledged.ts';

export interface Owner {
  readonly portfolio: string;
  readonly strategy: string;
}

export interface OwnIntent {
  readonly intent: OrderIntent;
  /** When the bus stored it, milliseconds since the epoch. */
  readonly storedAtMs: number;
}

export interface OwnIntents {
  readonly intents: readonly OwnIntent[];
  /** Of the last one, or `afterSequence`. */
  readonly sequence: number;
}

/** All intents behind `afterSequence` that the bus acknowledged before the call. @throws FlotillaError of the bus. */
export async function readOwnIntents(bus: Bus, { portfolio, strategy }: Owner, afterSequence: number): Promise<OwnIntents> {
  const intents: OwnIntent[] = [];
  let sequence = afterSequence;
  const subject = subjects.orderIntent(portfolio, strategy);
  for await (const message of readAcknowledged(bus, 'DECISIONS', { subject, fromSequence: afterSequence + 1 })) {
    sequence = message.sequence;
    const event = parseOrSkip(() => parseEvent('decisions.order_intent', message.payload).event);
    if (event !== undefined) intents.push({ intent: event, storedAtMs: message.storedAtMs });
  }
  return { intents, sequence };
}

export type Execution = { readonly kind: 'order'; readonly event: OrderEvent } | { readonly kind: 'fill'; readonly event: Fill };

export interface OwnExecutions {
  readonly executions: readonly Execution[];
  /** Of the last one, or `afterSequence`. */
  readonly sequence: number;
}

/**
 * Executions behind `afterSequence`.
 *
 * @param servedBy `LEADER`: all that the bus acknowledged before the call, for one request to the leader
 * @throws FlotillaError of the bus
 */
export async function readOwnExecutions(
  bus: Bus,
  { portfolio, strategy }: Owner,
  afterSequence: number,
  servedBy: ServedBy,
): Promise<OwnExecutions> {
  const executions: Execution[] = [];
  let sequence = afterSequence;
  const range = { subject: `executions.*.${portfolio}.${strategy}`, fromSequence: afterSequence + 1 };
  const messages = servedBy === 'LEADER' ? readAcknowledged(bus, 'EXECUTIONS', range) : bus.read('EXECUTIONS', range);
  for await (const message of messages) {
    sequence = message.sequence;
    const execution = parseOrSkip(() => parseExecution(message.subject, message.payload));
    if (execution !== undefined) executions.push(execution);
  }
  return { executions, sequence };
}

function parseExecution(subject: string, payload: Uint8Array): Execution | undefined {
  if (subjectTokens(subject, 'executions.order') !== undefined)
    return { kind: 'order', event: parseEvent('executions.order', payload).event };
  if (subjectTokens(subject, 'executions.fill') !== undefined) return { kind: 'fill', event: parseEvent('executions.fill', payload).event };
  return undefined;
}

/** One unreadable event must not keep an agent from starting; the consumer of the event sends it to POISON. */
function parseOrSkip<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof FlotillaError) return undefined;
    throw error;
  }
}
