/**
 * The replays of one gateway: those that run, and the last status of those that are over. Bounds how many run and how much memory their rows take.
 * A replay that is over keeps its status and no row.
 */
import { type Bus, type Clock, FlotillaError, type ReplayRequest, type ReplayStatus, type Rng } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime';
import { describeDataset, readDatasetRows } from '../datasets/read-dataset.ts';
import type { ReplaySource } from '../sources/source-table.ts';
import { type ReplayRun, startReplay } from './replay-run.ts';

export interface ReplayBookOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly revision: string;
  readonly dataFolder: string;
  readonly onPublished: (source: string) => void;
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
/** Files of all running replays together. */
export const RUNNING_BYTES_MAX = 128 * 1024 * 1024;
/** Replays that are over and whose status can be asked for. */
const REMEMBERED_MAX = 64;

interface RunningReplay {
  /** Undefined while the file is being read. */
  readonly run: ReplayRun | undefined;
  readonly request: ReplayRequest;
  /** Size of the file. */
  readonly bytes: number;
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

  async function read(key: string, source: ReplaySource, request: ReplayRequest): Promise<void> {
    const { dataset, bytes } = await describeDataset(options.dataFolder, request.dataset);
    checkInstrument(source, dataset.instrument);
    // Another request may have started the same replay while this one looked at the files.
    if (running.has(key)) return;
    checkRoom([...running.values()], bytes);
    running.set(key, { run: undefined, request, bytes });
    try {
      const rows = await readDatasetRows(options.dataFolder, request.dataset, dataset);
      const run = startReplay({ ...options, source, request, dataset, rows, onPublished: () => options.onPublished(source.name) });
      running.set(key, { run, request, bytes });
      const ending = run.over.then((status) => remember(key, request, status)).finally(() => endings.delete(ending));
      endings.add(ending);
    } catch (error) {
      running.delete(key);
      throw error;
    }
  }

  return {
    async start(source, request) {
      const key = keyOf(source, request.runId);
      if (running.has(key)) return;
      const known = finished.get(key);
      if (known?.status.state === 'DONE' && isSameRange(known.request, request)) return;
      checkDataset(source, request);
      await read(key, source, request);
      options.logger.info({ source: source.name, run: request.runId, dataset: request.dataset, speed: request.speed }, 'replay started');
    },
    stop: (source, runId) => running.get(keyOf(source, runId))?.run?.stop(),
    status(source, runId) {
      const key = keyOf(source, runId);
      const found = running.get(key);
      if (found === undefined) return finished.get(key)?.status;
      return found.run?.status() ?? { schemaVersion: 1, state: 'RUNNING', runId, row: found.request.fromRow, rowsTotal: 0 };
    },
    async close() {
      for (const { run } of running.values()) run?.stop();
      await Promise.all(endings);
    },
  };
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

function checkInstrument(source: ReplaySource, instrument: string): void {
  if (source.instruments.includes(instrument)) return;
  throw new FlotillaError(
    'INSTRUMENT_UNKNOWN',
    `expected ${instrument} among the instruments of ${source.name}, found ${source.instruments.join(', ')}`,
  );
}

function checkRoom(running: readonly RunningReplay[], bytes: number): void {
  if (running.length >= RUNNING_MAX)
    throw new FlotillaError(
      'CONFIG_INVALID',
      `expected at most ${RUNNING_MAX} replays at once, found that many running: wait for one to end`,
    );
  const bytesTotal = running.reduce((sum, replay) => sum + replay.bytes, bytes);
  if (bytesTotal <= RUNNING_BYTES_MAX) return;
  throw new FlotillaError(
    'CONFIG_INVALID',
    `expected running replays to read at most ${RUNNING_BYTES_MAX} bytes together, found ${bytesTotal} with this one: wait for one to end`,
  );
}
