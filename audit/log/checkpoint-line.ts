/** Lines of the checkpoint list: the signed note, and the subtree roots from which the writer continues after a restart. For writer and verifier. */
import { createHash } from 'node:crypto';
import { assert, canonicalJson } from '@flotilla/contracts';
import type { HashHex } from '../merkle/hash.ts';
import { bitCount, frontierRoot } from '../merkle/frontier.ts';
import { type Checkpoint, encodeCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { CHECKPOINT_LINE_BYTES_MAX } from './format.ts';
import { type NoteSigner, type NoteVerifier, noteText, openNote, signNote } from './signed-note.ts';

export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly subtreeRoots: readonly HashHex[];
  /** The signed note, in the form that witnesses read. */
  readonly note: string;
}

export type CheckpointProblem = 'NOT_A_CHECKPOINT' | 'SIGNATURE_INVALID' | 'SUBTREE_ROOTS_WRONG';

export function encodeCheckpointLine(checkpoint: Checkpoint, subtreeRoots: readonly HashHex[], signer: NoteSigner): string {
  const line = canonicalJson({ note: signNote(encodeCheckpoint(checkpoint), signer), subtreeRoots });
  assert(
    line.length < CHECKPOINT_LINE_BYTES_MAX,
    `a checkpoint of ${line.length} bytes is above the bound of ${CHECKPOINT_LINE_BYTES_MAX}`,
  );
  return line;
}

/** Reads a line, and proves its signature, its form and that the subtree roots give the signed root. */
export function openCheckpointLine(line: string, verifier: NoteVerifier): SignedCheckpoint | CheckpointProblem {
  const parsed = parseLine(line);
  if (parsed === undefined || canonicalJson(parsed) !== line) return 'NOT_A_CHECKPOINT';
  const text = openNote(parsed.note, verifier);
  if (text === undefined) return 'SIGNATURE_INVALID';
  const checkpoint = parseCheckpoint(text);
  if (checkpoint === undefined || checkpoint.origin !== verifier.name) return 'NOT_A_CHECKPOINT';
  const { subtreeRoots, note } = parsed;
  const complete = subtreeRoots.length === bitCount(checkpoint.size);
  if (!complete || frontierRoot({ size: checkpoint.size, subtreeRoots }) !== checkpoint.root) return 'SUBTREE_ROOTS_WRONG';
  return { checkpoint, subtreeRoots, note };
}

/**
 * Reads the checkpoint of a line that {@link openCheckpointLine} has proven before, without proving it again. The caller compares
 * {@link checkpointLineHash} of the lines with those of the first reading.
 */
export function rereadCheckpointLine(line: string): Checkpoint | undefined {
  const note = parseLine(line)?.note;
  const text = note === undefined ? undefined : noteText(note);
  return text === undefined ? undefined : parseCheckpoint(text);
}

/** The hash that the next checkpoint names as `previous`. */
export function checkpointLineHash(line: string): HashHex {
  return createHash('sha256').update(line).digest('hex');
}

function parseLine(line: string): { readonly note: string; readonly subtreeRoots: readonly string[] } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('note' in value) || !('subtreeRoots' in value)) return undefined;
  const { note, subtreeRoots } = value;
  if (typeof note !== 'string' || !Array.isArray(subtreeRoots)) return undefined;
  const roots: string[] = [];
  for (const root of subtreeRoots) {
    if (typeof root !== 'string' || !/^[0-9a-f]{64}$/.test(root)) return undefined;
    roots.push(root);
  }
  return Object.keys(value).length === 2 ? { note, subtreeRoots: roots } : undefined;
}
