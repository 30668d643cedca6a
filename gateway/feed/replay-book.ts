/**
 * The replays of one gateway: those that run, and the last status of those that are over. Bounds how many run. A replay that is over keeps its status and
 * no row.
 */
import { type Bus, type Clock, FlotillaError, type ReplayRequest, type ReplayStatus, type Rng } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime';
import { type DataFolders, type DescribedDataset, describeDataset } from '../datasets/describe-dataset.ts';
import type { SurveyBook } from '../datasets/survey-book.ts';
import type { ReplaySource } from '../sources/source-table.ts';
import { type ReplayRun, startReplay } from './replay-run.ts';

export interface ReplayBookOptions extends DataFolders {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly revision: string;
  readonly surveys: SurveyBook;
  readonly onPublished: (source: string) => void;
  readonly onRefused: (source: string) => void;
}

export interface ReplayBook {
  /** Starts a replay unless it runs already, or is done with the same rows. @throws FlotillaError `CONFIG_INVALID`, `INSTRUMENT_UNKNOWN`. */
  start(source: ReplaySource, request: ReplayRequest): Promise<void>;
  stop(source: ReplaySource, runId: string): void;
  /** Undefined for a replay that this gateway does not know. */
  status(source: ReplaySource, runId: string): ReplayStatus | undefined;
  /** Stops every replay; resolves when nothing is under way. */
  close(): Promise<void>;
}

const RUNNING_MAX = 8;
/** Replays that are over and whose status can be asked for. */
const REMEMBERED_MAX = 64;

interface RunningReplay {
  readonly request: ReplayRequest;
  /** Undefined while the rows are being counted. */
  run: ReplayRun | undefined;
  isStopped: boolean;
}

export function makeReplayBook(options: ReplayBookOptions): ReplayBook {
  const running = new Map<string, RunningReplay>();
  const finished = new Map<string, { readonly request: ReplayRequest; readonly status: ReplayStatus }>();
  const endings = new Set<Promise<void>>();

  function remember(key: string, request: ReplayRequest, status: ReplayStatus): void {
    running.delete(key);
    finished.delete(key);
    finished.set(key, { request, status });
    const oldest = finished.keys().next().value;
    if (finished.size > REMEMBERED_MAX && oldest !== undefined) finished.delete(oldest);
  }

  async function begin(key: string, source: ReplaySource, request: ReplayRequest): Promise<void> {
    const described = await describeDataset(options, source, request.dataset);
    // Another request may have started the same replay while this one looked at the files.
    if (running.has(key)) return;
    checkRoom(running.size);
    const replay: RunningReplay = { request, run: undefined, isStopped: false };
    running.set(key, replay);
    const ending = play(options, replay, source, described)
      .then((status) => remember(key, request, status))
      .finally(() => endings.delete(ending));
    endings.add(ending);
  }

  function stop(replay: RunningReplay): void {
    replay.isStopped = true;
    replay.run?.stop();
  }

  return {
    async start(source, request) {
      const key = keyOf(source, request.runId);
      if (running.has(key)) return;
      const known = finished.get(key);
      if (known?.status.state === 'DONE' && isSameRange(known.request, request)) return;
      checkDataset(source, request);
      await begin(key, source, request);
      options.logger.info({ source: source.name, run: request.runId, dataset: request.dataset, speed: request.speed }, 'replay started');
    },
    stop(source, runId) {
      const replay = running.get(keyOf(source, runId));
      if (replay !== undefined) stop(replay);
    },
    status(source, runId) {
      const key = keyOf(source, runId);
      const found = running.get(key);
      if (found === undefined) return finished.get(key)?.status;
      return found.run?.status() ?? notBegun(found.request, 'RUNNING');
    },
    async close() {
      for (const replay of running.values()) stop(replay);
      await Promise.all(endings);
    },
  };
}

/** Counts the rows, then publishes them. Resolves with the last status. */
async function play(
  options: ReplayBookOptions,
  replay: RunningReplay,
  source: ReplaySource,
  described: DescribedDataset,
): Promise<ReplayStatus> {
  const { request } = replay;
  const survey = await options.surveys.survey(described);
  if (replay.isStopped) return notBegun(request, 'STOPPED');
  if (!survey.ok) return { ...notBegun(request, 'FAILED'), error: survey.problem };
  replay.run = startReplay({
    ...options,
    source,
    request,
    described,
    rowCount: survey.counts.usable + survey.counts.refused,
    onPublished: () => options.onPublished(source.name),
    onRefused: () => options.onRefused(source.name),
  });
  return replay.run.over;
}

function notBegun({ runId, fromRow }: ReplayRequest, state: ReplayStatus['state']): ReplayStatus {
  return { schemaVersion: 1, state, runId, row: fromRow, rowsTotal: 0 };
}

function keyOf(source: ReplaySource, runId: string): string {
  return `${source.name}/${runId}`;
}

function isSameRange(one: ReplayRequest, other: ReplayRequest): boolean {
  return one.dataset === other.dataset && one.fromRow === other.fromRow && one.rows === other.rows;
}

function checkDataset(source: ReplaySource, { dataset }: ReplayRequest): void {
  if (source.datasets.includes(dataset)) return;
  throw new FlotillaError('CONFIG_INVALID', `expected a dataset of ${source.name} (${source.datasets.join(', ')}), found ${dataset}`);
}

function checkRoom(runningCount: number): void {
  if (runningCount < RUNNING_MAX) return;
  throw new FlotillaError(
    'CONFIG_INVALID',
    `expected at most ${RUNNING_MAX} replays at once, found that many running: wait for one to end`,
  );
}
