/** Publishes one execution and judges the answer of the bus, for the execution writer. */
import {
  AssertionError,
  type Bus,
  type Envelope,
  type EventType,
  FlotillaError,
  HEADERS,
  type PublishOptions,
  unreachable,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { judgeDuplicate } from './judge-duplicate.ts';

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
 * Resolves when the stream holds the event, whether this instance or an earlier one stored it.
 *
 * @throws FlotillaError `FENCED` when another instance writes for the portfolio, and those of the bus; AssertionError when the stream
 * contradicts what this instance knows.
 */
export type StoreExecution = (execution: Execution, payload: Uint8Array) => Promise<void>;

export function makeStoreExecution(options: {
  readonly bus: Pick<Bus, 'publish' | 'at'>;
  readonly logger: Logger;
  readonly fence: Fence;
}): StoreExecution {
  const { bus, logger, fence } = options;
  return async (execution, payload) => {
    const ack = await bus.publish(execution.subject, payload, publishOptionsOf(execution, fence));
    if (!ack.duplicate) return;
    const stored = await bus.at('EXECUTIONS', ack.sequence);
    const verdict = judgeDuplicate({ ...execution, payload, fenceSequence: fence.sequence }, stored);
    switch (verdict.kind) {
      case 'OWN':
        return;
      case 'EARLIER':
        logger.warn({ id: execution.event.id, sequence: ack.sequence }, 'an earlier instance of the portfolio stored this event already');
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
  };
}

function publishOptionsOf(execution: Execution, fence: Fence): PublishOptions {
  const { traceparent } = execution;
  return {
    messageId: execution.event.id,
    headers: {
      [HEADERS.type]: execution.type,
      [HEADERS.corrId]: execution.event.corrId,
      ...(traceparent === undefined ? {} : { [HEADERS.traceparent]: traceparent }),
    },
    expectedLastSubjectSequence: fence,
  };
}
