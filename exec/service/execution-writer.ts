/**
 * Writes executions: in order and until stored. {@link ./store-execution.ts} writes one.
 *
 * On a stream with one replica the writes are pipelined. A stream with several replicas refuses a fenced write while another one is on its way
 * (`WRITE_OVERLAPS`), and could store the third write before the second. There the writer sends the next write after the answer to the last one.
 *
 * The writer waits an outage out: what failed is sent again in the same order with the same ids. A refusal by the fence means that another
 * instance took over: then the writer writes nothing any more.
 */
import { AssertionError, type Bus, type Clock, encodeEvent, FlotillaError, type Rng } from '@flotilla/contracts';
import { makeBackOff } from '@flotilla/contracts/errors/back-off.ts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { makeMarks, type Mark } from '../checkpoints/mark.ts';
import { type Execution, type Fence, isAnswerToIntent, makeStoreExecution } from './store-execution.ts';

/** Publications without an answer yet, on a stream with one replica. */
const IN_FLIGHT_MAX = 64;
const RETRY_DELAYS = { firstMs: 20, maxMs: 1_000 } as const;

export interface ExecutionWriter {
  /** Resolves when stored. @throws FlotillaError `FENCED`; AssertionError when the stream contradicts what this instance knows. */
  write(execution: Execution): Promise<void>;
  /**
   * The place in the stream of everything that was written before the call, once all of it is stored; undefined when nothing was written.
   *
   * @throws as `write`
   */
  mark(): Promise<Mark | undefined>;
  /** Events that are not stored yet. */
  backlog(): number;
  /** Why nothing is being stored at the moment. */
  problem(): string | undefined;
  /** Refuses everything from now on. */
  close(): void;
}

export interface ExecutionWriterOptions {
  readonly bus: Pick<Bus, 'publish' | 'at'>;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly fence: Fence;
  /** Replicas of EXECUTIONS; undefined when they are not known. A wrong 1 costs retries, and is corrected by the first refusal. */
  readonly streamReplicas?: number | undefined;
  /** Nothing may be written any more: another instance took over, or the stream contradicts what this instance knows. */
  readonly onLost: (error: Error) => void;
}

interface Entry {
  readonly execution: Execution;
  readonly payload: Uint8Array;
  readonly orderId: string | undefined;
  readonly isAnswer: boolean;
  state: 'WAITING' | 'IN_FLIGHT' | 'STORED';
  sequence: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function makeExecutionWriter(options: ExecutionWriterOptions): ExecutionWriter {
  const { clock, logger, onLost } = options;
  const store = makeStoreExecution(options);
  const backOff = makeBackOff(RETRY_DELAYS, options.rng);
  /** In order; stored ones leave at the head. */
  const entries: Entry[] = [];
  let inFlightMax = options.streamReplicas === 1 ? IN_FLIGHT_MAX : 1;
  let inFlight = 0;
  const marks = makeMarks<Entry>();
  let isOutageTold = false;
  let failure: FlotillaError | undefined;
  let lost: Error | undefined;

  function pump(): void {
    if (failure !== undefined) return;
    for (const entry of sendable(entries, inFlightMax - inFlight)) void send(entry);
  }

  async function send(entry: Entry): Promise<void> {
    entry.state = 'IN_FLIGHT';
    inFlight += 1;
    try {
      entry.sequence = await store(entry.execution, entry.payload);
      entry.state = 'STORED';
      entry.resolve();
      backOff.reset();
      isOutageTold = false;
      for (const stored of takeStored(entries)) marks.onStored(stored, stored.sequence, stored.execution.event);
    } catch (error) {
      entry.state = 'WAITING';
      if (error instanceof FlotillaError && error.code === 'WRITE_OVERLAPS') inFlightMax = 1;
      if (isFinal(error)) lose(error);
      else failure = error instanceof FlotillaError ? error : new FlotillaError('BUS_UNAVAILABLE', String(error), { cause: error });
    }
    inFlight -= 1;
    pump();
    if (failure !== undefined && lost === undefined && inFlight === 0) await retryLater();
  }

  /** Only when nothing is in flight any more, so that what is sent again keeps its order. */
  async function retryLater(): Promise<void> {
    if (!isOutageTold) logger.warn({ err: failure, backlog: entries.length }, 'executions are not being stored; trying again');
    isOutageTold = true;
    await clock.sleep(backOff.nextDelayMs());
    failure = undefined;
    pump();
  }

  function lose(error: Error): void {
    if (lost !== undefined) return;
    lost = error;
    onLost(error);
    for (const entry of entries.splice(0)) if (entry.state !== 'STORED') entry.reject(error);
    marks.reject(error);
  }

  return {
    write(execution) {
      if (lost !== undefined) return Promise.reject(lost);
      return new Promise((resolve, reject) => {
        entries.push(entryOf(execution, resolve, reject));
        pump();
      });
    },
    mark: () => (lost === undefined ? marks.mark(entries.at(-1)) : Promise.reject(lost)),
    backlog: () => entries.length,
    problem: () => lost?.message ?? failure?.message,
    close: () => lose(new FlotillaError('FENCED', 'this instance stops')),
  };
}

/** Takes the stored entries off the head. */
function takeStored(entries: Entry[]): readonly Entry[] {
  const count = entries.findIndex(({ state }) => state !== 'STORED');
  return entries.splice(0, count === -1 ? entries.length : count);
}

function entryOf(execution: Execution, resolve: Entry['resolve'], reject: Entry['reject']): Entry {
  const payload = encodeEvent(execution.event);
  const isAnswer = isAnswerToIntent(execution);
  return { execution, payload, orderId: orderIdOf(execution), isAnswer, state: 'WAITING', sequence: 0, resolve, reject };
}

/** The next entries in order that wait. An answer may go out a second time, and would then come behind the events that follow, so those wait for it. */
function sendable(entries: readonly Entry[], countMax: number): readonly Entry[] {
  const unanswered = new Set<string>();
  const found: Entry[] = [];
  for (const entry of entries) {
    const { orderId, isAnswer, state } = entry;
    if (found.length >= countMax || (!isAnswer && orderId !== undefined && unanswered.has(orderId))) break;
    if (state === 'WAITING') found.push(entry);
    if (isAnswer && orderId !== undefined && state !== 'STORED') unanswered.add(orderId);
  }
  return found;
}

function orderIdOf({ event }: Execution): string | undefined {
  return 'orderId' in event && typeof event.orderId === 'string' ? event.orderId : undefined;
}

/** After it this instance writes nothing any more. */
function isFinal(error: unknown): error is AssertionError | FlotillaError {
  return error instanceof AssertionError || (error instanceof FlotillaError && error.code === 'FENCED');
}
