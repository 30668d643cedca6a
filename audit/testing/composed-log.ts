/**
 * Composes a whole log in memory from the writer's own parts, for tests of the verifier that need many logs, or logs that the writer would not
 * write: with other checkpoints, and signed nevertheless.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointLineHash, encodeCheckpointLine } from '../log/checkpoint-line.ts';
import type { Checkpoint } from '../log/checkpoint.ts';
import { GENESIS_HASH, type LogRecord } from '../log/entry.ts';
import { FILES, segmentName, segmentStart } from '../log/format.ts';
import { LOG_BEGINNING, makeLogState, nextEntry } from '../log/log-state.ts';
import { formatVerifierKey, makeSigner } from '../log/signed-note.ts';
import { ORIGIN } from './sample-log.ts';

/** One key for all composed logs of a process: their checkpoints may be exchanged. */
const signer = makeSigner(ORIGIN, generateKeyPairSync('ed25519').privateKey);

export interface ComposedLog {
  /** Without newlines, in the order of the log. */
  readonly entries: readonly string[];
  /** Lines of the list, without newlines. */
  readonly checkpoints: readonly string[];
}

/** A size that is named twice gets two checkpoints. `alter`: what the signed checkpoint says instead of the truth. */
export function composeLog(
  records: readonly LogRecord[],
  checkpointSizes: readonly number[],
  alter: (checkpoint: Checkpoint) => Partial<Checkpoint> = () => ({}),
): ComposedLog {
  const state = makeLogState(LOG_BEGINNING);
  const entries: string[] = [];
  const checkpoints: string[] = [];
  for (const record of records) {
    entries.push(nextEntry(state, record).toString().slice(0, -1));
    const size = state.frontier.size();
    for (const _ of checkpointSizes.filter((wanted) => wanted === size)) {
      const { tip, offsetBytes, cursors } = state;
      const checkpoint: Checkpoint = {
        origin: ORIGIN,
        size,
        root: state.frontier.root(),
        tip,
        offsetBytes,
        timeMs: 1_790_000_000_000 + size,
        previous: checkpoints.length === 0 ? GENESIS_HASH : checkpointLineHash(checkpoints.at(-1) ?? ''),
        streams: new Map(cursors),
      };
      checkpoints.push(encodeCheckpointLine({ ...checkpoint, ...alter(checkpoint) }, state.frontier.snapshot().subtreeRoots, signer));
    }
  }
  return { entries, checkpoints };
}

/** Writes the log in place of everything that the folder holds. Entries go to the segments of their positions. */
export async function writeComposed(folder: string, { entries, checkpoints }: ComposedLog): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  await writeFile(join(folder, FILES.publicKey), `${formatVerifierKey(signer.verifier)}\n`);
  await writeFile(join(folder, FILES.checkpoints), asLines(checkpoints));
  if (checkpoints.length > 0) await writeFile(join(folder, FILES.head), asLines(checkpoints.slice(-1)));
  const segments = Map.groupBy(entries.entries(), ([index]) => segmentStart(index));
  for (const [start, lines] of segments) await writeFile(join(folder, segmentName(start)), asLines(lines.map(([, line]) => line)));
}

export function asLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
