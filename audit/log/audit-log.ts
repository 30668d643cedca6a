/** The writer: one process appends to a folder; see README.md for the format and for what a checkpoint promises. */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, FlotillaError } from '@flotilla/contracts';
import { encodeCheckpointLine, checkpointLineHash, openCheckpointLine, type SignedCheckpoint } from './checkpoint-line.ts';
import type { StreamCursors } from './checkpoint.ts';
import type { LogRecord } from './entry.ts';
import { replaceFile, syncFolder } from './files.ts';
import { CHECKPOINT_ENTRIES_MAX, CHECKPOINT_INTERVAL_MS, FILES, segmentName, segmentStart } from './format.ts';
import { nextEntry } from './log-state.ts';
import { recoverLog } from './recover.ts';
import type { NoteSigner } from './signed-note.ts';

/** Records written and synced together. */
const COMMIT_RECORDS_MAX = 4_096;

export interface AuditLog {
  /** Resolves when the records are synced to disk, in the order of the calls. Rejects for ever after the first failure: open the log anew. */
  append(records: readonly LogRecord[]): Promise<void>;
  /** Entries written and synced. */
  size(): number;
  cursors(): StreamCursors;
  /** Bytes that recovery cut. */
  readonly cutBytes: number;
  /** Signs what is not signed yet, and closes the files. */
  close(): Promise<void>;
}

export interface AuditLogOptions {
  readonly folder: string;
  readonly signer: NoteSigner;
  readonly clock: Clock;
  readonly checkpointEntriesMax?: number;
  readonly checkpointIntervalMs?: number;
  /** Told of every checkpoint after it is durable, for witnesses outside the folder. */
  readonly onCheckpoint?: (checkpoint: SignedCheckpoint) => void;
}

interface Commit {
  readonly records: readonly LogRecord[];
  resolve(): void;
  reject(error: unknown): void;
}

/** @throws FlotillaError `AUDIT_CORRUPT`. */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { folder, signer, clock } = options;
  const entriesMax = options.checkpointEntriesMax ?? CHECKPOINT_ENTRIES_MAX;
  const intervalMs = options.checkpointIntervalMs ?? CHECKPOINT_INTERVAL_MS;
  const recovered = await recoverLog(folder, signer);
  const { state, cutBytes } = recovered;
  let { signedSize, previous } = recovered;
  let committedSize = state.frontier.size();
  const checkpoints = await openAppended(folder, FILES.checkpoints);
  let segment = await openSegment(folder, committedSize);
  let queue: Commit[] = [];
  let failure: unknown;
  let working: Promise<void> | undefined;
  let checkpointDue = signedSize < committedSize;
  let cancelTimer: (() => void) | undefined;

  function wake(): void {
    working ??= work().finally(() => {
      working = undefined;
      if ((queue.length > 0 || checkpointDue) && failure === undefined) wake();
    });
  }

  async function work(): Promise<void> {
    if (failure !== undefined) return;
    try {
      while (queue.length > 0 || checkpointDue) {
        await commitQueue();
        if (checkpointDue || state.frontier.size() - signedSize >= entriesMax) await signCheckpoint();
      }
      scheduleCheckpoint();
    } catch (cause) {
      failure = cause;
      for (const commit of queue.splice(0)) commit.reject(cause);
    }
  }

  async function commitQueue(): Promise<void> {
    const commits = takeCommits();
    try {
      let chunks: Buffer[] = [];
      for (const { records } of commits) {
        for (const record of records) {
          chunks.push(nextEntry(state, record));
          if (state.offsetBytes === 0) {
            await writeSynced(segment, chunks);
            chunks = [];
            await segment.handle.close();
            segment = await openSegment(folder, state.frontier.size());
          }
        }
      }
      if (chunks.length > 0) await writeSynced(segment, chunks);
      committedSize = state.frontier.size();
      for (const commit of commits) commit.resolve();
    } catch (cause) {
      for (const commit of commits) commit.reject(cause);
      throw cause;
    }
  }

  function takeCommits(): readonly Commit[] {
    let records = 0;
    let count = 0;
    while (count < queue.length && records < COMMIT_RECORDS_MAX) {
      records += queue[count]?.records.length ?? 0;
      count += 1;
    }
    const taken = queue.slice(0, count);
    queue = queue.slice(count);
    return taken;
  }

  async function signCheckpoint(): Promise<void> {
    checkpointDue = false;
    const { frontier, tip, offsetBytes, cursors } = state;
    const size = frontier.size();
    if (size === signedSize) return;
    const snapshot = frontier.snapshot();
    const checkpoint = {
      origin: signer.verifier.name,
      size,
      root: frontier.root(),
      tip,
      offsetBytes,
      timeMs: Math.floor(clock.nowMs()),
      previous,
      streams: new Map(cursors),
    };
    const line = encodeCheckpointLine(checkpoint, snapshot.subtreeRoots, signer);
    await writeSynced(checkpoints, [Buffer.from(`${line}\n`)]);
    await replaceFile(join(folder, FILES.head), `${line}\n`);
    signedSize = size;
    previous = checkpointLineHash(line);
    const signed = openCheckpointLine(line, signer.verifier);
    if (typeof signed !== 'string') options.onCheckpoint?.(signed);
  }

  function scheduleCheckpoint(): void {
    if (cancelTimer !== undefined || signedSize === state.frontier.size()) return;
    cancelTimer = clock.after(intervalMs, () => {
      cancelTimer = undefined;
      checkpointDue = true;
      wake();
    });
  }

  /** Work that ends may have begun more. */
  async function settled(): Promise<void> {
    if (working === undefined) return;
    await working;
    await settled();
  }

  if (checkpointDue) wake();

  return {
    cutBytes,
    size: () => committedSize,
    cursors: () => new Map(state.cursors),
    append(records) {
      if (failure !== undefined) return Promise.reject(failed(failure));
      return new Promise((resolve, reject) => {
        queue.push({ records, resolve, reject: (cause) => reject(failed(cause)) });
        wake();
      });
    },
    async close() {
      checkpointDue = true;
      wake();
      await settled();
      cancelTimer?.();
      await Promise.all([segment.handle.close(), checkpoints.handle.close()]);
    },
  };
}

function openSegment(folder: string, size: number): Promise<AppendedFile> {
  return openAppended(folder, segmentName(segmentStart(size)));
}

interface AppendedFile {
  readonly name: string;
  readonly handle: FileHandle;
  bytes: number;
}

async function openAppended(folder: string, name: string): Promise<AppendedFile> {
  const handle = await open(join(folder, name), 'a');
  await syncFolder(folder);
  return { name, handle, bytes: (await handle.stat()).size };
}

/** Another writer would fork the chain: what stands in the file must be what this process wrote. */
async function writeSynced(file: AppendedFile, chunks: readonly Buffer[]): Promise<void> {
  const { handle } = file;
  const found = (await handle.stat()).size;
  if (found !== file.bytes) {
    throw new FlotillaError(
      'AUDIT_CORRUPT',
      `expected ${file.name} to have ${file.bytes} bytes, found ${found}: stop the other writer of this folder`,
    );
  }
  const bytes = Buffer.concat(chunks);
  file.bytes += bytes.byteLength;
  let written = 0;
  while (written < bytes.byteLength) written += (await handle.write(bytes, written)).bytesWritten;
  await handle.datasync();
}

function failed(cause: unknown): FlotillaError {
  return new FlotillaError('HANDLER_FAILED', 'the audit log could not be written; it must be opened anew', { cause });
}
