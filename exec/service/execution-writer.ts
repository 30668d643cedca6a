/**
 * Writes executions: in order, pipelined, and until stored. {@link ./store-execution.ts} writes one.
 *
 * The writer waits an outage out: what failed is sent again in the same order with the same ids. A refusal by the fence means that another
 * instance took over: then the writer writes nothing any more.
 */
import { AssertionError, type Bus, type Clock, encodeEvent, FlotillaError, type Rng } from '@flotilla/contracts';
import { makeBackOff } from '@flotilla/contracts/errors/back-off.ts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { type Execution, type Fence, makeStoreExecution } from './store-execution.ts';

/** Publications without an answer yet. */
const IN_FLIGHT_MAX = 64;
const RETRY_DELAYS = { firstMs: 20, maxMs: 1_000 } as const;

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

export interface ExecutionWriterOptions {
  readonly bus: Pick<Bus, 'publish' | 'at'>;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly fence: Fence;
  /** Nothing may be written any more: another instance took over, or the stream contradicts what this instance knows. */
  readonly onLost: (error: Error) => void;
}

interface Entry {
  readonly execution: Execution;
  readonly payload: Uint8Array;
  state: 'WAITING' | 'IN_FLIGHT' | 'STORED';
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function makeExecutionWriter(options: ExecutionWriterOptions): ExecutionWriter {
  const { clock, logger, onLost } = options;
  const store = makeStoreExecution(options);
  const backOff = makeBackOff(RETRY_DELAYS, options.rng);
  /** In order; stored ones leave at the head. */
  const entries: Entry[] = [];
  let inFlight = 0;
  let isOutageTold = false;
  let failure: FlotillaError | undefined;
  let lost: Error | undefined;

  function pump(): void {
    if (failure !== undefined) return;
    for (const entry of entries) {
      if (inFlight >= IN_FLIGHT_MAX) return;
      if (entry.state === 'WAITING') void send(entry);
    }
  }

  async function send(entry: Entry): Promise<void> {
    entry.state = 'IN_FLIGHT';
    inFlight += 1;
    try {
      await store(entry.execution, entry.payload);
      entry.state = 'STORED';
      entry.resolve();
      backOff.reset();
      isOutageTold = false;
      while (entries[0]?.state === 'STORED') entries.shift();
    } catch (error) {
      entry.state = 'WAITING';
      if (isFinal(error)) lose(error);
      else failure = error instanceof FlotillaError ? error : new FlotillaError('BUS_UNAVAILABLE', String(error), { cause: error });
    }
    inFlight -= 1;
    if (lost !== undefined) return;
    if (failure === undefined) pump();
    else if (inFlight === 0) await retryLater();
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
  }

  return {
    write(execution) {
      if (lost !== undefined) return Promise.reject(lost);
      return new Promise((resolve, reject) => {
        entries.push({ execution, payload: encodeEvent(execution.event), state: 'WAITING', resolve, reject });
        pump();
      });
    },
    backlog: () => entries.length,
    problem: () => lost?.message ?? failure?.message,
    close: () => lose(new FlotillaError('FENCED', 'this instance stops')),
  };
}

/** After it this instance writes nothing any more. */
function isFinal(error: unknown): error is AssertionError | FlotillaError {
  return error instanceof AssertionError || (error instanceof FlotillaError && error.code === 'FENCED');
}
