/**
 * One replay: publishes the rows of a dataset as raw signals at the recorded pace.
 *
 * Publications overlap up to a bound and are issued in row order. After a failure the run waits for what is under way, asks the stream what
 * it holds, and goes on from the first row that is missing, so nothing is lost or doubled whatever happened to the bus.
 */
import {
  type Bus,
  type Clock,
  FlotillaError,
  type RawSignal,
  rawSignalId,
  type ReplayRequest,
  type ReplayStatus,
  subjects,
} from '@flotilla/contracts';
import { type Logger, newEnvelope, publishEvent } from '@flotilla/runtime';
import { formatUtcTime } from '../signals/utc-time.ts';
import type { ReplaySource } from '../sources/source-table.ts';
import { type Dataset, rowKnownAtMs } from './dataset.ts';
import { makeFlight } from './flight.ts';
import { type Pace, waitMs } from './pace.ts';
import { markStoredRows, rowNonce } from './stored-rows.ts';

export interface ReplayRunOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly revision: string;
  readonly source: ReplaySource;
  readonly request: ReplayRequest;
  readonly dataset: Dataset;
  readonly rows: readonly string[];
  readonly onPublished: () => void;
}

export interface ReplayRun {
  readonly request: ReplayRequest;
  status(): ReplayStatus;
  stop(): void;
  /** Resolves when it is over, whatever the end was. */
  readonly over: Promise<void>;
}

/** Publications under way at once: enough to hide the bus's fsync, few enough to be gone in a moment. */
const IN_FLIGHT_MAX = 256;
const RETRY_DELAY_MS = 1_000;
/** Waiting less than this costs more than it orders. */
const WAIT_MS_MIN = 1;

export function startReplay(options: ReplayRunOptions): ReplayRun {
  const { request, rows, clock, logger } = options;
  const end = Math.min(rows.length, request.rows === undefined ? rows.length : request.fromRow + request.rows);
  const stored = new Uint8Array(rows.length);
  const abort = new AbortController();
  let state: ReplayStatus['state'] = 'RUNNING';
  let error: string | undefined;
  let missing = Math.min(request.fromRow, end);

  /** The first row that the stream does not hold. */
  function firstMissing(): number {
    while (missing < end && stored[missing] === 1) missing += 1;
    return missing;
  }

  async function run(): Promise<void> {
    while (firstMissing() < end && !abort.signal.aborted) {
      try {
        await markStoredRows(options.bus, options.source.name, request.runId, stored);
        await publishMissing();
      } catch (cause) {
        if (abort.signal.aborted) break;
        if (!(cause instanceof FlotillaError) || cause.retry === 'terminal') throw cause;
        logger.warn({ err: cause, run: request.runId, row: firstMissing() }, 'replay waits for the bus');
        await clock.sleep(RETRY_DELAY_MS, abort.signal).catch(() => undefined);
      }
    }
  }

  async function publishMissing(): Promise<void> {
    const flight = makeFlight(IN_FLIGHT_MAX);
    let pace: Pace | undefined;
    for (let row = firstMissing(); row < end && !abort.signal.aborted && flight.failure() === undefined; row += 1) {
      if (stored[row] === 1) continue;
      const knownAtMs = rowKnownAtMs(options.dataset, rows[row] ?? '');
      if (pace === undefined && knownAtMs !== undefined)
        pace = { recordedMs: knownAtMs, startedMs: clock.monotonicMs(), speed: request.speed };
      const delayMs = pace === undefined ? 0 : waitMs(pace, knownAtMs, clock.monotonicMs());
      if (delayMs >= WAIT_MS_MIN) await clock.sleep(delayMs, abort.signal).catch(() => undefined);
      await flight.room();
      if (abort.signal.aborted || flight.failure() !== undefined) break;
      flight.add(publishRow(row));
    }
    await flight.landed();
    const failure = flight.failure();
    if (failure !== undefined) throw failure.error;
  }

  async function publishRow(row: number): Promise<void> {
    const { name: source, venue } = options.source;
    const { dataset } = options;
    const body = rows[row] ?? '';
    const nonce = rowNonce(request.runId, row);
    const id = rawSignalId(source, nonce, body);
    const event: RawSignal = {
      ...newEnvelope({ id, corrId: id, clock, service: 'gateway', revision: options.revision }),
      source,
      venue,
      instrument: dataset.instrument,
      ...(dataset.format === 'BAR_CSV' ? { barMs: dataset.barMs } : {}),
      format: dataset.format,
      nonce,
      receivedAt: formatUtcTime(clock.nowMs()),
      contentType: 'text/csv',
      body,
    };
    await publishEvent(options.bus, { type: 'signals.raw', subject: subjects.signalRaw(source), event });
    stored[row] = 1;
    options.onPublished();
  }

  async function runToTheEnd(): Promise<void> {
    try {
      await run();
      state = firstMissing() >= end ? 'DONE' : 'STOPPED';
      logger.info({ run: request.runId, state, row: missing, rows: end }, 'replay over');
    } catch (cause) {
      state = 'FAILED';
      error = cause instanceof Error ? cause.message : String(cause);
      logger.error({ err: cause, run: request.runId, row: missing }, 'replay failed');
    }
  }

  const over = runToTheEnd();
  return {
    request,
    status: () => ({
      schemaVersion: 1,
      state,
      runId: request.runId,
      row: firstMissing(),
      rowsTotal: end,
      ...(error === undefined ? {} : { error }),
    }),
    stop: () => abort.abort(),
    over,
  };
}
