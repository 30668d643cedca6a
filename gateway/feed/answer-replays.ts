/**
 * Answers `control.replay.<source>`: starts, stops and reports replays. A request to a source that cannot replay gets its reason at once, so that
 * its sender need not wait for a timeout.
 */
import {
  FlotillaError,
  readRecordBytes,
  type ReplayRequest,
  replayRequestSchema,
  type ReplayStatus,
  subjects,
  type Subscription,
  TOKEN_PATTERN,
} from '@flotilla/contracts';
import { EMPTY_SOURCE_TABLE, type ReplaySource, type SourceTable } from '../sources/source-table.ts';
import { makeReplayBook, type ReplayBookOptions } from './replay-book.ts';

export interface ReplayAnswers {
  /** Takes requests for the sources of `table`, and from then on for no others. */
  listen(table: SourceTable): void;
  /** Takes no more requests. */
  deafen(): void;
  /** Stops every replay; resolves when nothing is under way. */
  close(): Promise<void>;
}

const QUEUE = 'gateway-replay';

export function makeReplayAnswers(options: ReplayBookOptions): ReplayAnswers {
  const subscriptions = new Map<string, Subscription>();
  const book = makeReplayBook(options);
  let table = EMPTY_SOURCE_TABLE;

  async function answer(name: string, payload: Uint8Array): Promise<ReplayStatus> {
    try {
      const request = parseRequest(payload);
      const source = replaySourceOf(table, name);
      if (request.action === 'start') await book.start(source, request);
      if (request.action === 'stop') book.stop(source, request.runId);
      return book.status(source, request.runId) ?? { schemaVersion: 1, state: 'UNKNOWN', runId: request.runId, row: 0, rowsTotal: 0 };
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      return { schemaVersion: 1, state: 'FAILED', runId: '', row: 0, rowsTotal: 0, error: error.message };
    }
  }

  function deafen(): void {
    for (const subscription of subscriptions.values()) subscription.unsubscribe();
    subscriptions.clear();
  }

  return {
    listen(next) {
      table = next;
      const names = new Set([...table.sources.keys(), ...table.problems.map(({ source }) => source)]);
      for (const [name, subscription] of subscriptions) {
        if (names.has(name)) continue;
        subscription.unsubscribe();
        subscriptions.delete(name);
      }
      for (const name of names) {
        if (subscriptions.has(name) || !TOKEN_PATTERN.test(name)) continue;
        const respond = async (payload: Uint8Array): Promise<Uint8Array> => Buffer.from(JSON.stringify(await answer(name, payload)));
        subscriptions.set(name, options.bus.respond(subjects.replay(name), respond, QUEUE));
      }
    },
    deafen,
    async close() {
      deafen();
      await book.close();
    },
  };
}

/** @throws FlotillaError `CONFIG_INVALID` that says why the source cannot replay. */
function replaySourceOf(table: SourceTable, name: string): ReplaySource {
  const source = table.sources.get(name);
  if (source?.scheme === 'Replay') return source;
  const problem = table.problems.find((one) => one.source === name);
  const found = source === undefined ? (problem?.message ?? 'no such source') : `one of scheme ${source.scheme}, which takes webhooks`;
  throw new FlotillaError('CONFIG_INVALID', `expected a SignalSource ${name} of scheme Replay, found ${found}`);
}

function parseRequest(payload: Uint8Array): ReplayRequest {
  const read = readRecordBytes(replayRequestSchema, payload);
  if (read.ok) return read.value;
  throw new FlotillaError('EVENT_MALFORMED', `expected a valid replay request, found: ${read.problem}`);
}
