/** Reads and proves the checkpoint list and the head. */
import { join } from 'node:path';
import { checkpointLineHash, openCheckpointLine, type SignedCheckpoint } from '../log/checkpoint-line.ts';
import { GENESIS_HASH } from '../log/entry.ts';
import { readFileIfThere } from '../log/files.ts';
import { FILES } from '../log/format.ts';
import type { NoteVerifier } from '../log/signed-note.ts';
import type { Finding } from './finding.ts';
import { readLines } from './read-lines.ts';

const NEWLINE = 0x0a;
const PROBLEMS = {
  NOT_A_CHECKPOINT: 'not a checkpoint as the log writes them',
  SIGNATURE_INVALID: 'not signed by the key of this log',
  SUBTREE_ROOTS_WRONG: 'the subtree roots do not give the signed root',
} as const;

export type CheckpointList = { readonly checkpoints: readonly SignedCheckpoint['checkpoint'][] } | { readonly finding: Finding };

/**
 * The head is read before the list and once more behind it: a writer at work appends to the list first, so that a head outside the list
 * always means that the list was cut.
 */
export async function readCheckpoints(folder: string, verifier: NoteVerifier, settleMs: number): Promise<CheckpointList> {
  const headBefore = await readFileIfThere(join(folder, FILES.head));
  const checkpoints: SignedCheckpoint['checkpoint'][] = [];
  const lineHashes: string[] = [];
  if ((await readFileIfThere(join(folder, FILES.checkpoints))) === undefined) {
    return found('FILE_MISSING', FILES.checkpoints, undefined, 'expected the list of checkpoints, found no file');
  }
  await using reading = readLines(join(folder, FILES.checkpoints), { settleMs });
  let step = await reading.next();
  for (; step.done !== true; step = await reading.next()) {
    const { bytes, start, end } = step.value;
    for (let next = start; next < end;) {
      const lineEnd = bytes.indexOf(NEWLINE, next);
      const line = bytes.toString('utf8', next, lineEnd);
      // Bytes that are no UTF-8 would pass for the replacement character that they decode to.
      const faithful = Buffer.byteLength(line) === lineEnd - next;
      next = lineEnd + 1;
      const number = checkpoints.length + 1;
      const opened = faithful ? openCheckpointLine(line, verifier) : 'NOT_A_CHECKPOINT';
      if (typeof opened === 'string') return found('CHECKPOINT_INVALID', FILES.checkpoints, number, PROBLEMS[opened]);
      const { checkpoint } = opened;
      if (checkpoint.previous !== (lineHashes.at(-1) ?? GENESIS_HASH)) {
        return found(
          'CHECKPOINT_MISSING',
          FILES.checkpoints,
          number,
          'does not follow the line before it: a checkpoint was dropped, moved or changed',
        );
      }
      if (checkpoint.size <= (checkpoints.at(-1)?.size ?? 0)) {
        return found('CHECKPOINT_INVALID', FILES.checkpoints, number, 'covers no more entries than the one before it');
      }
      checkpoints.push(checkpoint);
      lineHashes.push(checkpointLineHash(line));
    }
  }
  if (step.value.restBytes > 0) {
    return found(
      'CHECKPOINT_INVALID',
      FILES.checkpoints,
      checkpoints.length + 1,
      'ends within a checkpoint: a crash of the writer, or a cut',
    );
  }
  const headAfter = await readFileIfThere(join(folder, FILES.head));
  const finding = headFinding(headBefore, headBefore === headAfter, lineHashes, verifier);
  return finding === undefined ? { checkpoints } : { finding };
}

function headFinding(head: string | undefined, still: boolean, lineHashes: readonly string[], verifier: NoteVerifier): Finding | undefined {
  if (head === undefined) {
    return lineHashes.length === 0
      ? undefined
      : place('FILE_MISSING', FILES.head, undefined, 'expected the newest checkpoint, found no file');
  }
  const opened = head.endsWith('\n') ? openCheckpointLine(head.slice(0, -1), verifier) : 'NOT_A_CHECKPOINT';
  if (typeof opened === 'string') return place('CHECKPOINT_INVALID', FILES.head, undefined, PROBLEMS[opened]);
  const position = lineHashes.lastIndexOf(checkpointLineHash(head.slice(0, -1)));
  if (position < 0) {
    const message = `${FILES.head} is a checkpoint of ${opened.checkpoint.size} entries that the list does not hold: the end of the list was cut`;
    return place('CHECKPOINT_MISSING', FILES.checkpoints, lineHashes.length + 1, message);
  }
  // A crash between the two writes leaves the head one behind; a head at rest that is older was put there.
  if (still && position < lineHashes.length - 2) {
    return place('CHECKPOINT_INVALID', FILES.head, undefined, `names checkpoint ${position + 1} of ${lineHashes.length} as the newest`);
  }
  return undefined;
}

function found(code: Finding['code'], file: string, line: number | undefined, message: string): CheckpointList {
  return { finding: place(code, file, line, message) };
}

function place(code: Finding['code'], file: string, line: number | undefined, message: string): Finding {
  return line === undefined ? { code, file, message } : { code, file, line, message };
}
