/**
 * Reads the checkpoint list twice, one piece at a time: first to prove every line and the head, then to give the verifier one checkpoint after
 * the other. The list may be larger than memory.
 */
import { join } from 'node:path';
import { checkpointLineHash, openCheckpointLine, rereadCheckpointLine } from '../log/checkpoint-line.ts';
import type { Checkpoint } from '../log/checkpoint.ts';
import { GENESIS_HASH } from '../log/entry.ts';
import { fileSizeIfThere, readSmallFile } from '../log/files.ts';
import { CHECKPOINT_LINE_BYTES_MAX, FILES } from '../log/format.ts';
import type { NoteVerifier } from '../log/signed-note.ts';
import type { HashHex } from '../merkle/hash.ts';
import type { Finding } from './finding.ts';
import { type Lines, readLines } from './read-lines.ts';

const NEWLINE = 0x0a;
const PROBLEMS = {
  NOT_A_CHECKPOINT: 'not a checkpoint as the log writes them',
  SIGNATURE_INVALID: 'not signed by the key of this log',
  SUBTREE_ROOTS_WRONG: 'the subtree roots do not give the signed root',
} as const;

/** A list of which every line is proven. */
export interface ProvenList {
  readonly count: number;
  readonly newest: Checkpoint | undefined;
  /** Hash of the last line. It vouches for every line before, because each line names the hash of the line before it. */
  readonly lastHash: HashHex;
}

interface Proof extends ProvenList {
  /** Hash of the line that the head repeats; undefined without a head. */
  readonly headHash: HashHex | undefined;
  /** Number of that line; 0 when the list does not hold it. */
  readonly headLine: number;
}

/**
 * The head is read before the list and once more behind it: a writer at work appends to the list first, so that a head outside the list
 * always means that the list was cut.
 */
export async function proveCheckpoints(folder: string, verifier: NoteVerifier, settleMs: number): Promise<ProvenList | Finding> {
  const head = await readSmallFile(join(folder, FILES.head));
  const file = join(folder, FILES.checkpoints);
  if ((await fileSizeIfThere(file)) === undefined) {
    return place('FILE_MISSING', FILES.checkpoints, undefined, 'expected the list of checkpoints, found no file');
  }
  const headHash = head === undefined ? undefined : checkpointLineHash(head.slice(0, -1));
  let proof: Proof = { count: 0, newest: undefined, lastHash: GENESIS_HASH, headHash, headLine: 0 };
  await using reading = readLines(file, { settleMs, lineBytesMax: CHECKPOINT_LINE_BYTES_MAX });
  let step = await reading.next();
  for (; step.done !== true; step = await reading.next()) {
    for (const line of textLines(step.value)) {
      const proven = proveLine(proof, line, verifier);
      if ('code' in proven) return proven;
      proof = proven;
    }
  }
  if (step.value.bytes > 0) {
    const message = step.value.isTooLong
      ? `expected at most ${CHECKPOINT_LINE_BYTES_MAX} bytes in a line, found more`
      : 'ends within a checkpoint: a crash of the writer, or a cut';
    return place('CHECKPOINT_INVALID', FILES.checkpoints, proof.count + 1, message);
  }
  const isAtRest = head === (await readSmallFile(join(folder, FILES.head)));
  return headFinding(head, isAtRest, proof, verifier) ?? proof;
}

/**
 * Yields the checkpoints of a proven list again, in order. Returns a finding when the list is no longer what was proven.
 */
export async function* readProvenCheckpoints(
  folder: string,
  { count, lastHash }: ProvenList,
): AsyncGenerator<Checkpoint, Finding | undefined> {
  const changed = place('CHECKPOINT_INVALID', FILES.checkpoints, undefined, 'the list was changed while it was being verified');
  if (count === 0) return undefined;
  let read = 0;
  let previous = GENESIS_HASH;
  for await (const lines of readLines(join(folder, FILES.checkpoints), { lineBytesMax: CHECKPOINT_LINE_BYTES_MAX })) {
    for (const line of textLines(lines)) {
      const checkpoint = rereadCheckpointLine(line);
      if (checkpoint?.previous !== previous) return changed;
      previous = checkpointLineHash(line);
      read += 1;
      if (read === count && previous !== lastHash) return changed;
      yield checkpoint;
      if (read === count) return undefined;
    }
  }
  return changed;
}

/** The lines as text. A line that is not UTF-8 comes empty, because its bytes would pass for the replacement character that they decode to. */
function* textLines({ bytes, start, end }: Lines): Generator<string> {
  for (let next = start; next < end;) {
    const lineEnd = bytes.indexOf(NEWLINE, next);
    const line = bytes.toString('utf8', next, lineEnd);
    yield Buffer.byteLength(line) === lineEnd - next ? line : '';
    next = lineEnd + 1;
  }
}

function proveLine(proof: Proof, line: string, verifier: NoteVerifier): Proof | Finding {
  const number = proof.count + 1;
  const opened = openCheckpointLine(line, verifier);
  if (typeof opened === 'string') return place('CHECKPOINT_INVALID', FILES.checkpoints, number, PROBLEMS[opened]);
  const { checkpoint } = opened;
  if (checkpoint.previous !== proof.lastHash) {
    const message = 'does not follow the line before it: a checkpoint was dropped, moved or changed';
    return place('CHECKPOINT_MISSING', FILES.checkpoints, number, message);
  }
  if (checkpoint.size <= (proof.newest?.size ?? 0)) {
    return place('CHECKPOINT_INVALID', FILES.checkpoints, number, 'covers no more entries than the one before it');
  }
  const lastHash = checkpointLineHash(line);
  return { ...proof, count: number, newest: checkpoint, lastHash, headLine: lastHash === proof.headHash ? number : proof.headLine };
}

function headFinding(head: string | undefined, isAtRest: boolean, proof: Proof, verifier: NoteVerifier): Finding | undefined {
  const { count, headLine } = proof;
  if (head === undefined) {
    return count === 0 ? undefined : place('FILE_MISSING', FILES.head, undefined, 'expected the newest checkpoint, found no file');
  }
  const opened = head.endsWith('\n') ? openCheckpointLine(head.slice(0, -1), verifier) : 'NOT_A_CHECKPOINT';
  if (typeof opened === 'string') return place('CHECKPOINT_INVALID', FILES.head, undefined, PROBLEMS[opened]);
  if (headLine === 0) {
    const message = `${FILES.head} is a checkpoint of ${opened.checkpoint.size} entries that the list does not hold: the end of the list was cut`;
    return place('CHECKPOINT_MISSING', FILES.checkpoints, count + 1, message);
  }
  // A crash between the two writes leaves the head one behind; a head at rest that is older was put there.
  if (isAtRest && headLine < count - 1) {
    return place('CHECKPOINT_INVALID', FILES.head, undefined, `names checkpoint ${headLine} of ${count} as the newest`);
  }
  return undefined;
}

function place(code: Finding['code'], file: string, line: number | undefined, message: string): Finding {
  return line === undefined ? { code, file, message } : { code, file, line, message };
}
