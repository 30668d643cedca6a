/** Writes a log whose checkpoint list is large beside its entries, for tests of memory. It is made from the writer's own parts, without their syncs. */
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { checkpointLineHash, encodeCheckpointLine } from '../log/checkpoint-line.ts';
import { GENESIS_HASH } from '../log/entry.ts';
import { FILES, segmentName } from '../log/format.ts';
import { LOG_BEGINNING, makeLogState, nextEntry } from '../log/log-state.ts';
import { formatVerifierKey } from '../log/signed-note.ts';
import { defaultKeyFile, loadSigningKey } from '../log/signing-key.ts';
import { ORIGIN } from './sample-log.ts';

/** Each stream takes a line of about 45 bytes in every checkpoint, so that few signatures make a large list. */
const STREAMS = 1_000;
const STORED_AT_MS = 1_790_000_000_000;
const FLUSH_BYTES = 1_048_576;

/** One checkpoint for each entry, until the list has `listBytes`. Gives the count of checkpoints. */
export async function writeLargeList(folder: string, listBytes: number): Promise<number> {
  await mkdir(folder, { recursive: true });
  const signer = await loadSigningKey(defaultKeyFile(folder), ORIGIN);
  await writeFile(join(folder, FILES.publicKey), `${formatVerifierKey(signer.verifier)}\n`);
  const list = await open(join(folder, FILES.checkpoints), 'w');
  const state = makeLogState(LOG_BEGINNING);
  const entries: Buffer[] = [];
  let [lines, written, checkpoints, previous, newest] = [[] as string[], 0, 0, GENESIS_HASH, ''];
  const flush = async (): Promise<void> => {
    await list.appendFile(lines.join(''));
    lines = [];
  };
  for (let index = 0; index < STREAMS || written < listBytes; index += 1) {
    const stream = `STREAM_NUMBER_${index % STREAMS}`;
    const sequence = (state.cursors.get(stream)?.sequence ?? 0) + 1;
    const message = { stream, sequence, subject: 'test', storedAtMs: STORED_AT_MS + index, payload: Buffer.from('{}'), headers: {} };
    entries.push(nextEntry(state, { type: 'message', message }));
    if (index < STREAMS - 1) continue;
    const { frontier, tip, offsetBytes, cursors } = state;
    const size = frontier.size();
    const timeMs = Math.floor(systemClock.nowMs());
    const checkpoint = { origin: ORIGIN, size, root: frontier.root(), tip, offsetBytes, timeMs, previous, streams: cursors };
    newest = `${encodeCheckpointLine(checkpoint, frontier.snapshot().subtreeRoots, signer)}\n`;
    previous = checkpointLineHash(newest.slice(0, -1));
    lines.push(newest);
    written += newest.length;
    checkpoints += 1;
    if (lines.length * newest.length > FLUSH_BYTES) await flush();
  }
  await flush();
  await list.close();
  await writeFile(join(folder, FILES.head), newest);
  await writeFile(join(folder, segmentName(0)), Buffer.concat(entries));
  return checkpoints;
}
