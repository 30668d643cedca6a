/** Checkpoints as text (c2sp.org/tlog-checkpoint): origin, size and root; extension lines follow, which the signature covers too. Pure. */
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { HashHex } from '../merkle/hash.ts';

/** How far the log has come in one stream. */
export interface StreamCursor {
  readonly sequence: number;
  readonly storedAtMs: number;
}

export type StreamCursors = ReadonlyMap<string, StreamCursor>;

export interface Checkpoint {
  readonly origin: string;
  /** Entries covered. */
  readonly size: number;
  readonly root: HashHex;
  /** Leaf hash of the last entry covered. It vouches for that entry as `prevHash` of the next entry would. */
  readonly tip: HashHex;
  /** Offset of entry `size` in its segment, in bytes. */
  readonly offsetBytes: number;
  readonly timeMs: number;
  /** SHA-256 of the preceding line of the checkpoint list, so that no checkpoint can be dropped from it. */
  readonly previous: HashHex;
  readonly streams: StreamCursors;
}

/** Text of a checkpoint. Each checkpoint has one text: streams are sorted by name. */
export function encodeCheckpoint(checkpoint: Checkpoint): string {
  const lines = [
    checkpoint.origin,
    String(checkpoint.size),
    Buffer.from(checkpoint.root, 'hex').toString('base64'),
    `tip ${checkpoint.tip}`,
    `offset ${checkpoint.offsetBytes}`,
    `time ${formatTime(checkpoint.timeMs)}`,
    `previous ${checkpoint.previous}`,
  ];
  for (const [name, cursor] of [...checkpoint.streams].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(`stream ${name} ${cursor.sequence} ${cursor.storedAtMs}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Undefined for any text that {@link encodeCheckpoint} would not have written. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', size = '', root = '', ...extensions] = text.split('\n').slice(0, -1);
  const streams = new Map<string, StreamCursor>();
  const facts = new Map<string, string>();
  for (const extension of extensions) {
    const [key = '', value = '', sequence, storedAtMs] = extension.split(' ');
    if (key === 'stream') streams.set(value, { sequence: Number(sequence), storedAtMs: Number(storedAtMs) });
    else facts.set(key, value);
  }
  const timeMs = Date.parse(facts.get('time') ?? '');
  const checkpoint: Checkpoint = {
    origin,
    size: Number(size),
    root: Buffer.from(root, 'base64').toString('hex'),
    tip: facts.get('tip') ?? '',
    offsetBytes: Number(facts.get('offset')),
    timeMs,
    previous: facts.get('previous') ?? '',
    streams,
  };
  const numbers = [checkpoint.size, checkpoint.offsetBytes, timeMs, ...[...streams.values()].flatMap((at) => [at.sequence, at.storedAtMs])];
  if (!numbers.every((number) => Number.isSafeInteger(number))) return undefined;
  return encodeCheckpoint(checkpoint) === text ? checkpoint : undefined;
}
