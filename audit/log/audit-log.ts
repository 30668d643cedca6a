/** The writer: one process appends to a folder; see README.md for the format and for what a checkpoint promises. */
import { join } from 'node:path';
import { type Clock, FlotillaError } from '@flotilla/contracts';
import type { HashHex } from '../merkle/hash.ts';
import { type AppendedFile, openAppended, writeSynced } from './appended-file.ts';
import { encodeCheckpointLine, checkpointLineHash, openCheckpointLine, type SignedCheckpoint } from './checkpoint-line.ts';
import { checkpointDueMs, type PaceLimits } from './checkpoint-pace.ts';
import type { StreamCursors } from './checkpoint.ts';
import type { LogRecord } from './entry.ts';
import { replaceFile } from './files.ts';
import { CHECKPOINT_ENTRIES_MAX, CHECKPOINT_INTERVAL_MS, FILES, segmentName, segmentStart } from './format.ts';
import { type LogState, nextEntry } from './log-state.ts';
import { recoverLog } from './recover.ts';
import type { NoteSigner } from './signed-note.ts';

/** Records written and synced together. */
const COMMIT_RECORDS_MAX = 4_096;
/** Assumed before this process has written the first line of the checkpoint list. */
const LINE_BYTES_FIRST = 1_024;

export interface AuditLog {
  /** Resolves when the records are synced to disk, in the order of the calls. After the first failure every call rejects: open the log anew. */
  append(records: readonly LogRecord[]): Promise<void>;
  /** Entries written and synced. */
  size(): number;
  cursors(): StreamCursors;
  /** Bytes that recovery cut. */
  readonly cutBytes: number;
  /** Signs every entry that is not signed yet, and closes the files. */
  close(): Promise<void>;
}

export interface AuditLogOptions {
  readonly folder: string;
  readonly signer: NoteSigner;
  readonly clock: Clock;
  readonly checkpointEntriesMax?: number;
  readonly checkpointIntervalMs?: number;
  /** Called with every checkpoint after it is durable, for witnesses outside the folder. */
  readonly onCheckpoint?: (checkpoint: SignedCheckpoint) => void;
}

interface Commit {
  readonly records: readonly LogRecord[];
  resolve(): void;
  reject(error: unknown): void;
}

interface Writer {
  readonly options: AuditLogOptions;
  readonly limits: PaceLimits;
  readonly state: LogState;
  readonly checkpoints: AppendedFile;
  segment: AppendedFile;
  queue: Commit[];
  committedSize: number;
  /** Entries under the newest checkpoint, when it was signed, and the hash and length of its line. */
  signedSize: number;
  signedAtMs: number | undefined;
  previous: HashHex;
  lineBytes: number;
  /** Bytes of entries behind the newest checkpoint, and when the first of them was written. */
  unsignedBytes: number;
  unsignedSinceMs: number;
  checkpointDue: boolean;
  timer: { readonly dueMs: number; readonly cancel: () => void } | undefined;
  working: Promise<void> | undefined;
  failure: unknown;
}

/** @throws FlotillaError `AUDIT_CORRUPT`. */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { cutBytes, writer } = await openWriter(options);
  if (writer.checkpointDue) wake(writer);
  return {
    cutBytes,
    size: () => writer.committedSize,
    cursors: () => new Map(writer.state.cursors),
    append(records) {
      if (writer.failure !== undefined) return Promise.reject(failed(writer.failure));
      return new Promise((resolve, reject) => {
        writer.queue.push({ records, resolve, reject: (cause) => reject(failed(cause)) });
        wake(writer);
      });
    },
    async close() {
      writer.checkpointDue = true;
      wake(writer);
      await settled(writer);
      writer.timer?.cancel();
      await Promise.all([writer.segment.handle.close(), writer.checkpoints.handle.close()]);
    },
  };
}

async function openWriter(options: AuditLogOptions): Promise<{ readonly cutBytes: number; readonly writer: Writer }> {
  const { folder, signer, clock } = options;
  const { state, signedSize, previous, cutBytes } = await recoverLog(folder, signer);
  const committedSize = state.frontier.size();
  const writer: Writer = {
    options,
    limits: {
      entriesMax: options.checkpointEntriesMax ?? CHECKPOINT_ENTRIES_MAX,
      intervalMs: options.checkpointIntervalMs ?? CHECKPOINT_INTERVAL_MS,
    },
    state,
    checkpoints: await openAppended(folder, FILES.checkpoints),
    segment: await openSegment(folder, committedSize),
    queue: [],
    committedSize,
    signedSize,
    signedAtMs: undefined,
    previous,
    lineBytes: LINE_BYTES_FIRST,
    unsignedBytes: 0,
    unsignedSinceMs: clock.monotonicMs(),
    checkpointDue: signedSize < committedSize,
    timer: undefined,
    working: undefined,
    failure: undefined,
  };
  return { cutBytes, writer };
}

function wake(writer: Writer): void {
  writer.working ??= work(writer).finally(() => {
    writer.working = undefined;
    if ((writer.queue.length > 0 || writer.checkpointDue) && writer.failure === undefined) wake(writer);
  });
}

async function work(writer: Writer): Promise<void> {
  if (writer.failure !== undefined) return;
  try {
    while (writer.queue.length > 0 || writer.checkpointDue) {
      await commitQueue(writer);
      if (writer.checkpointDue || dueMs(writer) <= writer.options.clock.monotonicMs()) await signCheckpoint(writer);
    }
    scheduleCheckpoint(writer);
  } catch (cause) {
    writer.failure = cause;
    for (const commit of writer.queue.splice(0)) commit.reject(cause);
  }
}

async function commitQueue(writer: Writer): Promise<void> {
  const commits = takeCommits(writer);
  if (writer.unsignedBytes === 0) writer.unsignedSinceMs = writer.options.clock.monotonicMs();
  try {
    let chunks: Buffer[] = [];
    for (const { records } of commits) {
      for (const record of records) {
        chunks.push(nextEntry(writer.state, record));
        if (writer.state.offsetBytes === 0) {
          writer.unsignedBytes += await writeSynced(writer.segment, chunks);
          chunks = [];
          await writer.segment.handle.close();
          writer.segment = await openSegment(writer.options.folder, writer.state.frontier.size());
        }
      }
    }
    if (chunks.length > 0) writer.unsignedBytes += await writeSynced(writer.segment, chunks);
    writer.committedSize = writer.state.frontier.size();
    for (const commit of commits) commit.resolve();
  } catch (cause) {
    for (const commit of commits) commit.reject(cause);
    throw cause;
  }
}

function takeCommits(writer: Writer): readonly Commit[] {
  let records = 0;
  let count = 0;
  while (count < writer.queue.length && records < COMMIT_RECORDS_MAX) {
    records += writer.queue[count]?.records.length ?? 0;
    count += 1;
  }
  const taken = writer.queue.slice(0, count);
  writer.queue = writer.queue.slice(count);
  return taken;
}

async function signCheckpoint(writer: Writer): Promise<void> {
  writer.checkpointDue = false;
  const { folder, signer, clock, onCheckpoint } = writer.options;
  const { frontier, tip, offsetBytes, cursors } = writer.state;
  const size = frontier.size();
  if (size === writer.signedSize) return;
  const { name: origin } = signer.verifier;
  const timeMs = Math.floor(clock.nowMs());
  const checkpoint = {
    origin,
    size,
    root: frontier.root(),
    tip,
    offsetBytes,
    timeMs,
    previous: writer.previous,
    streams: new Map(cursors),
  };
  const line = encodeCheckpointLine(checkpoint, frontier.snapshot().subtreeRoots, signer);
  writer.lineBytes = await writeSynced(writer.checkpoints, [Buffer.from(`${line}\n`)]);
  await replaceFile(join(folder, FILES.head), `${line}\n`);
  writer.signedSize = size;
  writer.signedAtMs = clock.monotonicMs();
  writer.unsignedBytes = 0;
  writer.previous = checkpointLineHash(line);
  const signed = openCheckpointLine(line, signer.verifier);
  if (typeof signed !== 'string') onCheckpoint?.(signed);
}

function dueMs(writer: Writer): number {
  const { unsignedBytes: bytes, unsignedSinceMs: sinceMs, signedAtMs, lineBytes, limits } = writer;
  const entries = writer.state.frontier.size() - writer.signedSize;
  return checkpointDueMs({ entries, bytes, sinceMs, signedAtMs, lineBytes }, limits);
}

/** Sets the timer for the next checkpoint, or sets it to an earlier time. */
function scheduleCheckpoint(writer: Writer): void {
  const { clock } = writer.options;
  const nextMs = dueMs(writer);
  if (nextMs === Number.POSITIVE_INFINITY || (writer.timer !== undefined && writer.timer.dueMs <= nextMs)) return;
  writer.timer?.cancel();
  const cancel = clock.after(Math.max(0, nextMs - clock.monotonicMs()), () => {
    writer.timer = undefined;
    writer.checkpointDue = dueMs(writer) <= clock.monotonicMs();
    if (writer.checkpointDue) wake(writer);
    else scheduleCheckpoint(writer);
  });
  writer.timer = { dueMs: nextMs, cancel };
}

/** Work that ends may have begun more. */
async function settled(writer: Writer): Promise<void> {
  if (writer.working === undefined) return;
  await writer.working;
  await settled(writer);
}

function openSegment(folder: string, size: number): Promise<AppendedFile> {
  return openAppended(folder, segmentName(segmentStart(size)));
}

function failed(cause: unknown): FlotillaError {
  return new FlotillaError('HANDLER_FAILED', 'the audit log could not be written; it must be opened anew', { cause });
}
