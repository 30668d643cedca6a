/** Publishes one execution and judges the answer of the bus, for the execution writer. */
import {
  AssertionError,
  type Bus,
  type Envelope,
  type EventType,
  FlotillaError,
  HEADERS,
  type PublishAck,
  type PublishOptions,
  type Rng,
  unreachable,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { makePrivateMessageIds } from '@flotilla/runtime/private-message-ids.ts';
import { type DuplicateVerdict, judgeDuplicate } from './judge-duplicate.ts';

export interface Execution {
  readonly type: EventType;
  readonly subject: string;
  readonly event: Envelope;
  readonly traceparent: string | undefined;
}

/** The epoch that the instance wrote: its subject, and its place in the stream. The bus refuses every write once a newer epoch is there. */
export interface Fence {
  readonly subject: string;
  readonly sequence: number;
}

/**
 * Resolves with the event's place in the stream when the stream holds the event, whether this instance or an earlier one stored it.
 *
 * @throws FlotillaError `FENCED` when another instance writes for the portfolio, and those of the bus; AssertionError when the stream
 * contradicts what this instance knows.
 */
export type StoreExecution = (execution: Execution, payload: Uint8Array) => Promise<number>;

export function makeStoreExecution(options: {
  readonly bus: Pick<Bus, 'publish' | 'at'>;
  readonly rng: Pick<Rng, 'bytes'>;
  readonly logger: Logger;
  readonly fence: Fence;
}): StoreExecution {
  const { bus, fence } = options;
  const messageIdOf = makePrivateMessageIds(options.rng);
  return async (execution, payload) => {
    const { event, subject } = execution;
    const publish = (messageId: string): Promise<PublishAck> =>
      bus.publish(subject, payload, publishOptionsOf(execution, messageId, fence));
    // Every exec writes EXECUTIONS, and can use the ids of the events of others first.
    for (const messageId of isAnswerToIntent(execution) ? [event.id, messageIdOf(event.id)] : [messageIdOf(event.id)]) {
      const ack = await publish(messageId);
      if (!ack.duplicate) return ack.sequence;
      const stored = await bus.at('EXECUTIONS', ack.sequence);
      if (stored !== undefined && portfolioOf(stored.subject) !== portfolioOf(subject)) continue;
      settle(judgeDuplicate({ ...execution, payload, fenceSequence: fence.sequence }, stored), execution, options.logger);
      return ack.sequence;
    }
    throw new AssertionError(`another portfolio has an event under the private id of ${event.id}`);
  };
}

/**
 * The bus recognises the answer to an intent by the id of the event, so that the answer of an earlier instance stands. The writer sends nothing else of
 * the order before its answer is stored, so an answer that goes out a second time keeps its place. Later events of an order follow each other without
 * a wait, so another portfolio must not be able to use their ids.
 */
export function isAnswerToIntent({ type, event }: Execution): boolean {
  return type === 'executions.order' && 'ordinal' in event && event.ordinal === 0;
}

/** The bus lets no exec publish under the portfolio of another. */
function portfolioOf(subject: string): string | undefined {
  return subject.split('.')[2];
}

function settle(verdict: DuplicateVerdict, { event }: Execution, logger: Logger): void {
  switch (verdict.kind) {
    case 'OWN':
      return;
    case 'EARLIER':
      logger.warn({ id: event.id }, 'an earlier instance of the portfolio stored this event already');
      return;
    case 'UNKNOWN':
      throw new FlotillaError('BUS_UNAVAILABLE', verdict.problem);
    case 'FOREIGN':
      throw new FlotillaError('FENCED', verdict.problem);
    case 'CONTRADICTION':
      throw new AssertionError(verdict.problem);
    default:
      unreachable(verdict);
  }
}

function publishOptionsOf(execution: Execution, messageId: string, fence: Fence): PublishOptions {
  const { traceparent } = execution;
  return {
    messageId,
    headers: {
      [HEADERS.type]: execution.type,
      [HEADERS.corrId]: execution.event.corrId,
      ...(traceparent === undefined ? {} : { [HEADERS.traceparent]: traceparent }),
    },
    expectedLastSubjectSequence: fence,
  };
}
