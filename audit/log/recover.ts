/**
 * Finds out how far a log is after a crash. For the writer.
 *
 * Recovery cuts only bytes behind the last signed checkpoint that no entry follows. The service acknowledges a message after its entry is
 * synced, so a message whose entry was torn by a crash was never acknowledged, and the bus delivers it again.
 */
import { mkdir, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { leafHash } from '../merkle/hash.ts';
import { checkpointLineHash, openCheckpointLine, type SignedCheckpoint } from './checkpoint-line.ts';
import { GENESIS_HASH } from './entry.ts';
import { fileSize, readRange, readSmallFile, replaceFile, syncFolder, truncateFile } from './files.ts';
import {
  CHECKPOINT_LINE_BYTES_MAX,
  ENTRY_BYTES_MAX,
  FILES,
  SEGMENT_ENTRIES_MAX,
  segmentFirstIndex,
  segmentName,
  segmentStart,
} from './format.ts';
import { LOG_BEGINNING, type LogState, makeLogState } from './log-state.ts';
import { recoverTail } from './recover-tail.ts';
import { formatVerifierKey, type NoteSigner } from './signed-note.ts';

const NEWLINE = 0x0a;

export interface Recovered {
  readonly state: LogState;
  /** Entries under the newest checkpoint. */
  readonly signedSize: number;
  /** Hash of the newest line of the checkpoint list. */
  readonly previous: string;
  readonly cutBytes: number;
}

/** @throws FlotillaError `AUDIT_CORRUPT` when more is wrong than a crash can explain. */
export async function recoverLog(folder: string, signer: NoteSigner): Promise<Recovered> {
  await mkdir(folder, { recursive: true });
  await settlePublicKey(folder, signer);
  const newest = await newestCheckpoint(folder, signer);
  const position = newest === undefined ? LOG_BEGINNING : positionOf(newest.signed);
  const state = makeLogState(position);
  const signedSize = position.frontier.size;
  await requireSignedEnd(folder, state);
  const cutBytes = await recoverSegments(folder, state);
  await syncFolder(folder);
  return { state, signedSize, previous: newest?.lineHash ?? GENESIS_HASH, cutBytes };
}

async function settlePublicKey(folder: string, signer: NoteSigner): Promise<void> {
  const file = join(folder, FILES.publicKey);
  const ours = `${formatVerifierKey(signer.verifier)}\n`;
  const found = await readSmallFile(file);
  if (found === undefined) await replaceFile(file, ours);
  else if (found !== ours) throw corrupt(`${FILES.publicKey} belongs to another signing key: restore the key, or begin a new folder`);
}

async function newestCheckpoint(
  folder: string,
  signer: NoteSigner,
): Promise<{ readonly signed: SignedCheckpoint; readonly lineHash: string } | undefined> {
  const file = join(folder, FILES.checkpoints);
  const size = await fileSize(file);
  const start = Math.max(0, size - 2 * CHECKPOINT_LINE_BYTES_MAX);
  const bytes = size === 0 ? Buffer.alloc(0) : await readRange(file, start, size);
  const end = bytes.lastIndexOf(NEWLINE);
  if (end + 1 < bytes.byteLength) await truncateFile(file, start + end + 1);
  const head = (await readSmallFile(join(folder, FILES.head)))?.trimEnd();
  if (end < 0) {
    if (head !== undefined) throw corrupt(`${FILES.checkpoints} is gone, but ${FILES.head} names a checkpoint`);
    return undefined;
  }
  const line = bytes.toString('utf8', end === 0 ? 0 : bytes.lastIndexOf(NEWLINE, end - 1) + 1, end);
  const signed = openCheckpointLine(line, signer.verifier);
  if (typeof signed === 'string') throw corrupt(`the last line of ${FILES.checkpoints}: ${signed}`);
  await requireHead(folder, head, line, signed, signer);
  return { signed, lineHash: checkpointLineHash(line) };
}

/** After a crash the head may be one checkpoint behind the list. A head in front of the list means that the list was cut. */
async function requireHead(
  folder: string,
  head: string | undefined,
  line: string,
  newest: SignedCheckpoint,
  signer: NoteSigner,
): Promise<void> {
  if (head === line) return;
  if (head !== undefined) {
    const signed = openCheckpointLine(head, signer.verifier);
    if (typeof signed === 'string') throw corrupt(`${FILES.head}: ${signed}`);
    if (signed.checkpoint.size >= newest.checkpoint.size) {
      throw corrupt(`${FILES.head} covers ${signed.checkpoint.size} entries, but ${FILES.checkpoints} ends at ${newest.checkpoint.size}`);
    }
  }
  await replaceFile(join(folder, FILES.head), `${line}\n`);
}

function positionOf({ checkpoint, subtreeRoots }: SignedCheckpoint): typeof LOG_BEGINNING {
  const { size, tip, offsetBytes, streams } = checkpoint;
  return { frontier: { size, subtreeRoots }, tip, offsetBytes, streams };
}

/** The last signed entry must end at the offset that the checkpoint names. */
async function requireSignedEnd(folder: string, state: LogState): Promise<void> {
  const size = state.frontier.size();
  if (size === 0) return;
  const name = segmentName(segmentStart(size - 1));
  const file = join(folder, name);
  const length = await fileSize(file);
  const end = state.offsetBytes === 0 ? length : state.offsetBytes;
  if (length === 0 || length < end) throw corrupt(`${name} has ${length} bytes, but ${end} of it are under a checkpoint`);
  const bytes = await readRange(file, Math.max(0, end - ENTRY_BYTES_MAX), end);
  const last = bytes.subarray(bytes.lastIndexOf(NEWLINE, bytes.byteLength - 2) + 1, -1);
  if (bytes.at(-1) !== NEWLINE || leafHash(last) !== state.tip)
    throw corrupt(`entry ${size - 1} in ${name} is not the entry that was signed`);
}

async function recoverSegments(folder: string, state: LogState): Promise<number> {
  let cutBytes = 0;
  let full = true;
  while (full) {
    const file = join(folder, segmentName(segmentStart(state.frontier.size())));
    const start = state.offsetBytes;
    const length = await fileSize(file);
    const sizeBefore = state.frontier.size();
    if (length > start) {
      const tail = await readRange(file, start, length);
      const verdict = recoverTail(state, tail);
      if (verdict.kind === 'CORRUPT') throw corrupt(`${file}: ${verdict.problem}`);
      if (verdict.keptBytes < tail.byteLength) {
        cutBytes += tail.byteLength - verdict.keptBytes;
        await truncateFile(file, start + verdict.keptBytes);
      }
    }
    full = state.frontier.size() > sizeBefore && state.frontier.size() % SEGMENT_ENTRIES_MAX === 0;
  }
  await dropEmptySegments(folder, state.frontier.size());
  return cutBytes;
}

/** A crash may leave the empty file of the next segment. A file with contents behind an unfinished segment has another cause. */
async function dropEmptySegments(folder: string, size: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const firstIndex = segmentFirstIndex(name);
    if (firstIndex === undefined || firstIndex <= segmentStart(size)) continue;
    if ((await fileSize(join(folder, name))) > 0) throw corrupt(`${name} holds entries, but the log ends at ${size}`);
    await unlink(join(folder, name));
  }
}

function corrupt(problem: string): FlotillaError {
  return new FlotillaError('AUDIT_CORRUPT', `${problem}; run the audit verifier on the folder before you go on`);
}
