/**
 * Writes executions: in order, pipelined, lost, and until stored.
 *
 * An outage is waited out: what failed is sent again in the same order with the same ids. The answer "duplicate" is looked up in the stream
 * ({@link ./judge-duplicate.ts}). A refusal by the fence means that another instance took over: then nothing is written any more.
 */
import {
  AssertionError,
  type Bus,
  type Clock,
  encodeEvent,
  type Envelope,
  type EventType,
  FlotillaError,
  HEADERS,
  type PublishOptions,
  unreachable,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { judgeDuplicate } from './judge-duplicate.ts';

/** Publications without an answer yet. */
const IN_FLIGHT_MAX = 64;
const RETRY_MS_MIN = 20;
const RETRY_MS_MAX = 1_000;

export interface Execution {
  readonly type: EventType;
  readonly subject: string;
  readonly event: Envelope;
  readonly traceparent: string | undefined;
}

export interface ExecutionWriter {
  /** Resolves when stored. @throws FlotillaError `FENCED`; AssertionError when the stream contradicts what this instance knows. */
  write(execution: Execution): Promise<void>;
  /** Events that are not stored yet. */
  backlog(): number;
  /** Why nothing is being stored at the moment. */
  problem(): string | undefined;
  /** Refuses everything from now on. */
  close(): void;
}

interface Entry {
  readonly execution: Execution;
  readonly payload: Uint8Array;
  readonly options: PublishOptions;
  state: 'WAITING' | 'IN_FLIGHT' | 'STORED';
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function makeExecutionWriter(options: {
  readonly bus: Pick<Bus, 'publish' | 'at'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fence: { readonly subject: string; readonly sequence: number };
  /** Nothing may be written any more: another instance took over, or the stream contradicts what this instance knows. */
  readonly onLost: (error: Error) => void;
}): ExecutionWriter {
  const { bus, clock, logger, fence, onLost } = options;
  /** In order; stored ones leave at the head. */
  const entries: Entry[] = [];
  let inFlight = 0;
  let failures = 0;
  let failure: FlotillaError | undefined;
  let lost: Error | undefined;

  function pump(): void {
    if (failure !== undefined || lost !== undefined) return;
    for (const entry of entries) {
      if (inFlight >= IN_FLIGHT_MAX) return;
      if (entry.state === 'WAITING') void send(entry);
    }
  }

  async function send(entry: Entry): Promise<void> {
    entry.state = 'IN_FLIGHT';
    inFlight += 1;
    try {
      const ack = await bus.publish(entry.execution.subject, entry.payload, entry.options);
      if (ack.duplicate) await lookUp(entry, ack.sequence);
      inFlight -= 1;
      entry.state = 'STORED';
      failures = 0;
      entry.resolve();
      while (entries[0]?.state === 'STORED') entries.shift();
    } catch (error) {
      inFlight -= 1;
      entry.state = 'WAITING';
      if (error instanceof AssertionError || (error instanceof FlotillaError && error.code === 'FENCED')) return lose(error);
      failure = error instanceof FlotillaError ? error : new FlotillaError('BUS_UNAVAILABLE', String(error), { cause: error });
    }
    if (failure === undefined) pump();
    else if (inFlight === 0) await retryLater();
  }

  /** Returns when the stream holds the event. @throws FlotillaError `FENCED` and those of the bus, AssertionError. */
  async function lookUp({ execution, payload }: Entry, sequence: number): Promise<void> {
    const stored = await bus.at('EXECUTIONS', sequence);
    const verdict = judgeDuplicate({ ...execution, payload, fenceSequence: fence.sequence }, stored);
    switch (verdict.kind) {
      case 'OWN':
        return;
      case 'EARLIER':
        logger.warn({ id: execution.event.id, sequence }, 'an earlier instance of the portfolio stored this event already');
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

  /** Only when nothing is in flight any more, so that what is sent again keeps its order. */
  async function retryLater(): Promise<void> {
    failures += 1;
    if (failures === 1) logger.warn({ err: failure, backlog: entries.length }, 'executions are not being stored; trying again');
    await clock.sleep(Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(failures - 1, 10)));
    failure = undefined;
    pump();
  }

  function lose(error: Error): void {
    if (lost !== undefined) return;
    lost = error;
    onLost(error);
    for (const entry of entries) if (entry.state !== 'STORED') entry.reject(error);
    entries.length = 0;
  }

  return {
    write(execution) {
      if (lost !== undefined) return Promise.reject(lost);
      return new Promise((resolve, reject) => {
        entries.push({
          execution,
          payload: encodeEvent(execution.event),
          options: publishOptionsOf(execution, fence),
          state: 'WAITING',
          resolve,
          reject,
        });
        pump();
      });
    },
    backlog: () => entries.length,
    problem: () => lost?.message ?? failure?.message,
    close() {
      lose(new FlotillaError('FENCED', 'this instance stops'));
    },
  };
}

function publishOptionsOf(execution: Execution, fence: { readonly subject: string; readonly sequence: number }): PublishOptions {
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
