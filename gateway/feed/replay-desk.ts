/** Answers `control.replay.<source>`: starts, stops and reports replays of the Replay sources in force. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Bus,
  type Clock,
  describeIssues,
  FlotillaError,
  type ReplayRequest,
  replayRequestSchema,
  type ReplayStatus,
  subjects,
  type Subscription,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime';
import { EMPTY_SOURCE_TABLE, type ReplaySource, type SourceTable } from '../sources/source-table.ts';
import { type Dataset, DATASET_BYTES_MAX, datasetOf, datasetRows } from './dataset.ts';
import { type ReplayRun, startReplay } from './replay-run.ts';

export interface ReplayDeskOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly revision: string;
  readonly dataFolder: string;
  readonly onPublished: (source: string) => void;
}

export interface ReplayDesk {
  /** Listens for the Replay sources of `table`, and from then on for no other. */
  listen(table: SourceTable): void;
  /** Stops every run; resolves when nothing is under way. */
  close(): Promise<void>;
}

const QUEUE = 'gateway-replay';
const RUNNING_MAX = 8;
/** Runs that are over stay known for `status`, up to this many. */
const REMEMBERED_MAX = 64;

export function makeReplayDesk(options: ReplayDeskOptions): ReplayDesk {
  const subscriptions = new Map<string, Subscription>();
  const runs = new Map<string, ReplayRun>();
  let table = EMPTY_SOURCE_TABLE;

  function replaySource(name: string): ReplaySource | undefined {
    const source = table.sources.get(name);
    return source?.scheme === 'Replay' ? source : undefined;
  }

  async function answer(sourceName: string, payload: Uint8Array): Promise<ReplayStatus> {
    try {
      const request = parseRequest(payload);
      const source = replaySource(sourceName);
      if (source === undefined)
        throw new FlotillaError('CONFIG_INVALID', `expected a SignalSource ${sourceName} of scheme Replay, found none`);
      return await obey(source, request);
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      return { schemaVersion: 1, state: 'FAILED', runId: '', row: 0, rowsTotal: 0, error: error.message };
    }
  }

  async function obey(source: ReplaySource, request: ReplayRequest): Promise<ReplayStatus> {
    const key = `${source.name}/${request.runId}`;
    if (request.action === 'stop') runs.get(key)?.stop();
    if (request.action === 'start' && !hasRun(runs.get(key), request)) await start(key, source, request);
    return runs.get(key)?.status() ?? { schemaVersion: 1, state: 'UNKNOWN', runId: request.runId, row: 0, rowsTotal: 0 };
  }

  async function start(key: string, source: ReplaySource, request: ReplayRequest): Promise<void> {
    if (!source.datasets.includes(request.dataset)) {
      throw new FlotillaError(
        'CONFIG_INVALID',
        `expected a dataset of ${source.name} (${source.datasets.join(', ')}), found ${request.dataset}`,
      );
    }
    const { dataset, rows } = await readDataset(options.dataFolder, request.dataset);
    if (!source.instruments.includes(dataset.instrument)) {
      throw new FlotillaError(
        'INSTRUMENT_UNKNOWN',
        `expected ${dataset.instrument} among the instruments of ${source.name}, found it missing there`,
      );
    }
    const running = [...runs.values()].filter((run) => run.status().state === 'RUNNING').length;
    if (running >= RUNNING_MAX)
      throw new FlotillaError('CONFIG_INVALID', `expected at most ${RUNNING_MAX} replays at once, found that many running`);
    // Two requests may have read the file at the same time; the first one runs.
    if (runs.get(key)?.status().state === 'RUNNING') return;
    forgetOldRuns();
    const onPublished = (): void => options.onPublished(source.name);
    runs.set(key, startReplay({ ...options, source, request, dataset, rows, onPublished }));
    options.logger.info({ source: source.name, run: request.runId, dataset: request.dataset, speed: request.speed }, 'replay started');
  }

  function forgetOldRuns(): void {
    for (const [key, run] of runs) {
      if (runs.size < REMEMBERED_MAX) return;
      if (run.status().state !== 'RUNNING') runs.delete(key);
    }
  }

  return {
    listen(next) {
      table = next;
      for (const [name, subscription] of subscriptions) {
        if (replaySource(name) !== undefined) continue;
        subscription.unsubscribe();
        subscriptions.delete(name);
      }
      for (const [name, source] of table.sources) {
        if (source.scheme !== 'Replay' || subscriptions.has(name)) continue;
        const respond = async (payload: Uint8Array): Promise<Uint8Array> => Buffer.from(JSON.stringify(await answer(name, payload)));
        subscriptions.set(name, options.bus.respond(subjects.replay(name), respond, QUEUE));
      }
    },
    async close() {
      for (const subscription of subscriptions.values()) subscription.unsubscribe();
      for (const run of runs.values()) run.stop();
      await Promise.all([...runs.values()].map((run) => run.over));
    },
  };
}

/** Running, or done with the same rows: there is nothing to start. A run that stopped or failed goes on where the stream ends. */
function hasRun(run: ReplayRun | undefined, request: ReplayRequest): boolean {
  const state = run?.status().state;
  if (run === undefined || (state !== 'RUNNING' && state !== 'DONE')) return false;
  const { dataset, fromRow, rows } = run.request;
  return state === 'RUNNING' || (dataset === request.dataset && fromRow === request.fromRow && rows === request.rows);
}

function parseRequest(payload: Uint8Array): ReplayRequest {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch (cause) {
    throw new FlotillaError('EVENT_MALFORMED', 'expected a replay request as JSON, found something else', { cause });
  }
  const result = replayRequestSchema.safeParse(value);
  if (result.success) return result.data;
  throw new FlotillaError('EVENT_MALFORMED', `expected a valid replay request, found: ${describeIssues(result.error)}`);
}

/** `name` is a token, so it cannot leave the folder. @throws FlotillaError `CONFIG_INVALID`. */
async function readDataset(folder: string, name: string): Promise<{ readonly dataset: Dataset; readonly rows: readonly string[] }> {
  const dataset = datasetOf(await readText(join(folder, 'datasets.json')), name);
  return { dataset, rows: datasetRows(dataset, await readText(join(folder, `${name}.csv`))) };
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > DATASET_BYTES_MAX)
      throw new FlotillaError('CONFIG_INVALID', `expected at most ${DATASET_BYTES_MAX} bytes, found ${size} in ${path}`);
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof FlotillaError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'an unknown error';
    throw new FlotillaError('CONFIG_INVALID', `expected a readable file ${path}, found ${code}`, { cause });
  }
}
