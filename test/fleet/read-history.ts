/** Reads all events that the fleet wrote, typed, in stream order. */
import {
  type EventOf,
  type EventType,
  type Fill,
  type NormalizedSignal,
  type OrderEvent,
  type OrderIntent,
  parseEvent,
  type RawSignal,
  type StoredMessage,
  type StreamName,
} from '@flotilla/contracts';
import type { Fleet } from './start-fleet.ts';

export interface History {
  readonly raws: readonly RawSignal[];
  readonly alerts: readonly NormalizedSignal[];
  readonly intents: readonly OrderIntent[];
  readonly orderEvents: readonly OrderEvent[];
  readonly fills: readonly Fill[];
  readonly poisoned: number;
}

export async function readHistory(bus: Fleet['bus']): Promise<History> {
  const normalized = await readAll(bus, 'SIGNALS', 'signals.normalized.*.*', 'signals.normalized');
  return {
    raws: await readAll(bus, 'SIGNALS', 'signals.raw.*', 'signals.raw'),
    alerts: normalized.filter(({ kind }) => kind === 'alert'),
    intents: await readAll(bus, 'DECISIONS', 'decisions.order_intent.*.*', 'decisions.order_intent'),
    orderEvents: await readAll(bus, 'EXECUTIONS', 'executions.order.*.*', 'executions.order'),
    fills: await readAll(bus, 'EXECUTIONS', 'executions.fill.*.*', 'executions.fill'),
    poisoned: (await readStored(bus, 'POISON', 'poison.*.*')).length,
  };
}

export async function readStored(bus: Fleet['bus'], stream: StreamName, subject: string): Promise<readonly StoredMessage[]> {
  const found: StoredMessage[] = [];
  for await (const message of bus.read(stream, { subject, fromSequence: 1 })) found.push(message);
  return found;
}

async function readAll<T extends EventType>(
  bus: Fleet['bus'],
  stream: StreamName,
  subject: string,
  type: T,
): Promise<readonly EventOf<T>[]> {
  return (await readStored(bus, stream, subject)).map(({ payload }) => parseEvent(type, payload).event);
}
