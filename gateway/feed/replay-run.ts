/**
 * One replay: publishes the rows of a dataset as raw signals at the recorded pace.
 *
 * Publications overlap up to a bound and are issued in row order. After a failure the run waits for those under way, asks the stream which rows it
 * holds, and goes on from the first missing one. So an outage of the bus neither loses nor doubles a row.
 */
import { type Bus, FlotillaError, type ReplayStatus, type Rng, subjects } from '@flotilla/contracts';
import { type Logger, publishEvent } from '@flotilla/runtime';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import { type DatasetRows, rowKnownAtMs } from '../datasets/dataset.ts';
import { makeFlight } from './flight.ts';
import { type Pace, waitMs } from './pace.ts';
import { makeProgress, type Progress } from './progress.ts';
import { rowEvent, type RowOrigin } from './row-event.ts';
import { markStoredRows } from './stored-rows.ts';

export interface ReplayRunOptions extends RowOrigin {
  readonly bus: Bus;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly rows: DatasetRows;
  readonly onPublished: () => void;
}

export interface ReplayRun {
  status(): ReplayStatus;
  stop(): void;
  /** Resolves with the last status when the run is over, however it ended. The rows are free from then on. */
  readonly over: Promise<ReplayStatus>;
}

/** Publications under way at once: enough to hide the fsync of the bus, and few enough to end in a moment. */
const IN_FLIGHT_MAX = 256;
const RETRY_DELAYS = { firstMs: 1_000, maxMs: 1_000 };
/** A shorter wait costs more time than it is long. */
const WAIT_MS_MIN = 1;

export function startReplay(options: ReplayRunOptions): ReplayRun {
  const { request, rows, clock, logger } = options;
  const abort = new AbortController();
  const progress = makeProgress(request.runId, request.fromRow, endOf(options), rows.count);
  const isDone = (): boolean => progress.firstMissing() === progress.end;

  async function run(): Promise<void> {
    if (isDone()) return;
    await retryWithBackOff(
      async () => {
        await markStoredRows(options.bus, options.source.name, request.runId, progress.stored);
        await publishMissing(options, progress, abort.signal);
      },
      {
        clock,
        logger,
        rng: options.rng,
        signal: abort.signal,
        operation: `replay ${request.runId}`,
        delays: RETRY_DELAYS,
        triesMax: 'untilAborted',
        isRetryable: ({ retry }) => retry !== 'terminal',
      },
    );
  }

  async function runToTheEnd(): Promise<ReplayStatus> {
    try {
      await run();
      progress.finish(isDone() ? 'DONE' : 'STOPPED');
    } catch (cause) {
      if (abort.signal.aborted) progress.finish('STOPPED');
      else if (cause instanceof FlotillaError) progress.finish('FAILED', cause.message);
      else throw cause;
    }
    const status = progress.status();
    const fields = { run: request.runId, state: status.state, row: status.row, rows: status.rowsTotal };
    if (status.state === 'FAILED') logger.error({ ...fields, problem: status.error }, 'replay failed');
    else logger.info(fields, 'replay over');
    return status;
  }

  return { status: () => progress.status(), stop: () => abort.abort(), over: runToTheEnd() };
}

function endOf({ request, rows }: ReplayRunOptions): number {
  return request.rows === undefined ? rows.count : Math.min(rows.count, request.fromRow + request.rows);
}

/** Publishes every row that the stream does not hold, in order. @throws the first failure, when nothing is under way any more. */
async function publishMissing(options: ReplayRunOptions, progress: Progress, signal: AbortSignal): Promise<void> {
  const { clock, rows, dataset, request } = options;
  const flight = makeFlight(IN_FLIGHT_MAX);
  let pace: Pace | undefined;
  for (let row = progress.firstMissing(); row < progress.end && !signal.aborted && flight.failure() === undefined; row += 1) {
    if (progress.stored[row] === 1) continue;
    const body = rows.textOf(row);
    const knownAtMs = rowKnownAtMs(dataset, body);
    if (pace === undefined && knownAtMs !== undefined)
      pace = { recordedMs: knownAtMs, startedMs: clock.monotonicMs(), speed: request.speed };
    const delayMs = pace === undefined ? 0 : waitMs(pace, knownAtMs, clock.monotonicMs());
    if (delayMs >= WAIT_MS_MIN) await clock.sleep(delayMs, signal).catch(() => undefined);
    await flight.room();
    if (signal.aborted || flight.failure() !== undefined) break;
    flight.add(publishRow(options, progress, row, body));
  }
  await flight.landed();
  const failure = flight.failure();
  if (failure !== undefined) throw failure.error;
}

async function publishRow(options: ReplayRunOptions, progress: Progress, row: number, body: string): Promise<void> {
  const subject = subjects.signalRaw(options.source.name);
  await publishEvent(options.bus, { type: 'signals.raw', subject, event: rowEvent(options, row, body) });
  progress.stored[row] = 1;
  options.onPublished();
}
