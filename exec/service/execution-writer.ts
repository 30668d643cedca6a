/**
 * Writes executions: in order, pipelined, fenced, and until stored.
 *
 * An outage is waited out: what failed is sent again in the same order with the same ids. A refusal by the fence, or the answer that the
 * bus already holds what was sent for the first time, means that another instance took over: then nothing is written any more.
 */
import {
  type Bus,
  type Clock,
  encodeEvent,
  type Envelope,
  type EventType,
  FlotillaError,
  HEADERS,
  type PublishOptions,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';

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
  /** Resolves when stored. @throws FlotillaError `FENCED`. */
  write(execution: Execution): Promise<void>;
  /** Events that are not stored yet. */
  backlog(): number;
  /** Why nothing is being stored at the moment. */
  problem(): string | undefined;
  /** Refuses everything from now on. */
  close(): void;
}

interface Entry {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly options: PublishOptions;
  attempts: number;
  state: 'WAITING' | 'IN_FLIGHT' | 'STORED';
  readonly resolve: () => void;
  readonly reject: (error: FlotillaError) => void;
}

export function createExecutionWriter(options: {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fence: { readonly subject: string; readonly sequence: number };
  readonly onFenced: (error: FlotillaError) => void;
}): ExecutionWriter {
  const { bus, clock, logger, fence, onFenced } = options;
  /** In order; stored ones leave at the head. */
  const entries: Entry[] = [];
  let inFlight = 0;
  let failures = 0;
  let failure: FlotillaError | undefined;
  let fenced: FlotillaError | undefined;

  function pump(): void {
    if (failure !== undefined || fenced !== undefined) return;
    for (const entry of entries) {
      if (inFlight >= IN_FLIGHT_MAX) return;
      if (entry.state === 'WAITING') void send(entry);
    }
  }

  async function send(entry: Entry): Promise<void> {
    entry.state = 'IN_FLIGHT';
    entry.attempts += 1;
    inFlight += 1;
    try {
      const ack = await bus.publish(entry.subject, entry.payload, entry.options);
      inFlight -= 1;
      if (ack.duplicate && entry.attempts === 1)
        return lose(new FlotillaError('FENCED', 'the bus holds an event that only this instance may write'));
      entry.state = 'STORED';
      failures = 0;
      entry.resolve();
      while (entries[0]?.state === 'STORED') entries.shift();
    } catch (error) {
      inFlight -= 1;
      entry.state = 'WAITING';
      if (error instanceof FlotillaError && error.code === 'FENCED') return lose(error);
      failure = error instanceof FlotillaError ? error : new FlotillaError('BUS_UNAVAILABLE', String(error), { cause: error });
    }
    if (failure === undefined) pump();
    else if (inFlight === 0) await retryLater();
  }

  /** Only when nothing is in flight any more, so that what is sent again keeps its order. */
  async function retryLater(): Promise<void> {
    failures += 1;
    if (failures === 1) logger.warn({ err: failure, backlog: entries.length }, 'executions are not being stored; trying again');
    await clock.sleep(Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(failures - 1, 10)));
    failure = undefined;
    pump();
  }

  function lose(error: FlotillaError): void {
    if (fenced !== undefined) return;
    fenced = error;
    onFenced(error);
    for (const entry of entries) if (entry.state !== 'STORED') entry.reject(error);
    entries.length = 0;
  }

  return {
    write(execution) {
      if (fenced !== undefined) return Promise.reject(fenced);
      return new Promise((resolve, reject) => {
        entries.push({
          subject: execution.subject,
          payload: encodeEvent(execution.event),
          options: publishOptionsOf(execution, fence),
          attempts: 0,
          state: 'WAITING',
          resolve,
          reject,
        });
        pump();
      });
    },
    backlog: () => entries.length,
    problem: () => fenced?.message ?? failure?.message,
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
