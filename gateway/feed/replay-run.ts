/**
 * One replay: publishes the usable rows of a dataset as raw signals at the recorded pace, and counts the others.
 *
 * Publications overlap up to a bound and are issued in row order. After a failure the run waits for those under way, asks the stream which rows it
 * holds, and goes on from the first missing one. So an outage of the bus neither loses nor doubles a row.
 */
import { type Bus, FlotillaError, type ReplayStatus, type Rng, subjects } from '@flotilla/contracts';
import { type Logger, publishEvent } from '@flotilla/runtime';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import type { DescribedDataset } from '../datasets/describe-dataset.ts';
import type { JudgedRow, UsableRow } from '../datasets/judge-row.ts';
import { openRows } from '../datasets/open-rows.ts';
import { type Flight, makeFlight } from './flight.ts';
import { type Pace, waitMs } from './pace.ts';
import { makeProgress, type Progress } from './progress.ts';
import { rowEvent, type RowOrigin } from './row-event.ts';
import { markStoredRows } from './stored-rows.ts';

export interface ReplayRunOptions extends RowOrigin {
  readonly bus: Bus;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly described: DescribedDataset;
  /** Rows of the dataset, as a survey counted them. */
  readonly rowCount: number;
  readonly onPublished: () => void;
  readonly onRefused: () => void;
}

export interface ReplayRun {
  status(): ReplayStatus;
  stop(): void;
  /** Resolves with the last status when the run is over, however it ended. */
  readonly over: Promise<ReplayStatus>;
}

/** Publications under way at once: enough to hide the fsync of the bus, and few enough to end in a moment. */
const IN_FLIGHT_MAX = 256;
const RETRY_DELAYS = { firstMs: 1_000, maxMs: 1_000 };
/** A shorter wait costs more time than it is long. */
const WAIT_MS_MIN = 1;

export function startReplay(options: ReplayRunOptions): ReplayRun {
  const { request, described, rowCount, clock, logger } = options;
  const abort = new AbortController();
  const progress = makeProgress({
    runId: request.runId,
    file: described.dataset.file,
    fromRow: request.fromRow,
    end: endOf(options),
    rowCount,
  });
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
    const fields = { run: request.runId, state: status.state, row: status.row, rows: status.rowsTotal, refused: status.rows?.refused };
    if (status.state === 'FAILED') logger.error({ ...fields, problem: status.error }, 'replay failed');
    else logger.info(fields, 'replay over');
    return status;
  }

  return { status: () => progress.status(), stop: () => abort.abort(), over: runToTheEnd() };
}

function endOf({ request, rowCount }: ReplayRunOptions): number {
  return request.rows === undefined ? rowCount : Math.min(rowCount, request.fromRow + request.rows);
}

/** Publishes every usable row that the stream does not hold, in order. @throws the first failure, when nothing is under way any more. */
async function publishMissing(options: ReplayRunOptions, progress: Progress, signal: AbortSignal): Promise<void> {
  const flight = makeFlight(IN_FLIGHT_MAX);
  const isOver = (): boolean => signal.aborted || flight.failure() !== undefined;
  const first = progress.firstMissing();
  const waitUntilDue = makePacer(options, signal);
  let row = 0;
  try {
    for await (const piece of openRows(options.described)) {
      if (row >= progress.end || isOver()) break;
      for (const judged of piece) {
        if (row >= progress.end || isOver()) break;
        if (row >= first) await settleRow(options, { progress, flight, isOver, waitUntilDue }, row, judged);
        row += 1;
      }
    }
  } finally {
    await flight.landed();
  }
  const failure = flight.failure();
  if (failure !== undefined) throw failure.error;
}

interface Publication {
  readonly progress: Progress;
  readonly flight: Flight;
  readonly isOver: () => boolean;
  readonly waitUntilDue: (knownAtMs: number) => Promise<void>;
}

/** Counts a refused row, and begins to publish a usable one that the stream does not hold. */
async function settleRow(options: ReplayRunOptions, publication: Publication, row: number, judged: JudgedRow): Promise<void> {
  const { progress, flight, isOver, waitUntilDue } = publication;
  if (!judged.ok) {
    if (progress.refuse(row, judged)) options.onRefused();
    return;
  }
  if (progress.stored.has(row)) return;
  await waitUntilDue(judged.knownAtMs);
  await flight.room();
  if (!isOver()) flight.add(publishRow(options, progress, row, judged));
}

/** Waits until a row is due. The first row is due at once. */
function makePacer({ clock, request }: ReplayRunOptions, signal: AbortSignal): (knownAtMs: number) => Promise<void> {
  let pace: Pace | undefined;
  return async (knownAtMs) => {
    pace ??= { recordedMs: knownAtMs, startedMs: clock.monotonicMs(), speed: request.speed };
    const delayMs = waitMs(pace, knownAtMs, clock.monotonicMs());
    if (delayMs >= WAIT_MS_MIN) await clock.sleep(delayMs, signal).catch(() => undefined);
  };
}

async function publishRow(options: ReplayRunOptions, progress: Progress, row: number, usable: UsableRow): Promise<void> {
  const subject = subjects.signalRaw(options.source.name);
  await publishEvent(options.bus, { type: 'signals.raw', subject, event: rowEvent(options, row, usable) });
  progress.stored.add(row);
  options.onPublished();
}
