/** Reads a strategy's own past from the bus: its intents in DECISIONS, and the order events and fills of exec in EXECUTIONS. */
import {
  type Bus,
  type Fill,
  FlotillaError,
  type OrderEvent,
  type OrderIntent,
  parseEvent,
  subjects,
  subjectTokens,
} from '@flotilla/contracts';

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

/** @throws FlotillaError of the bus. */
export async function readOwnIntents(bus: Bus, { portfolio, strategy }: Owner, afterSequence: number): Promise<OwnIntents> {
  const intents: OwnIntent[] = [];
  let sequence = afterSequence;
  const subject = subjects.orderIntent(portfolio, strategy);
  for await (const message of bus.read('DECISIONS', { subject, fromSequence: afterSequence + 1 })) {
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

/** @throws FlotillaError of the bus. */
export async function readOwnExecutions(bus: Bus, { portfolio, strategy }: Owner, afterSequence: number): Promise<OwnExecutions> {
  const executions: Execution[] = [];
  let sequence = afterSequence;
  const subject = `executions.*.${portfolio}.${strategy}`;
  for await (const message of bus.read('EXECUTIONS', { subject, fromSequence: afterSequence + 1 })) {
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
