/** Reads a file of lines in large pieces. Every line comes with one free byte in front, where a leaf's prefix can be put. */
import { open } from 'node:fs/promises';
import { systemClock } from '@flotilla/runtime/clock.ts';

const PIECE_BYTES = 4 * 1_048_576;
/** A look at a file that ends within a line, while its writer may be at work on it. */
const LOOK_MS = 20;
const NEWLINE = 0x0a;

export interface Lines {
  /** Holds whole lines; `bytes[start - 1]` belongs to nobody. */
  readonly bytes: Buffer;
  readonly start: number;
  /** Behind the last newline. */
  readonly end: number;
}

export interface ReadLinesOptions {
  readonly offsetBytes?: number;
  /** How long a line without end may still grow. */
  readonly settleMs?: number;
}

/** Yields runs of whole lines, and returns how many bytes follow the last newline. File-system errors come as they are. */
export async function* readLines(file: string, options: ReadLinesOptions = {}): AsyncGenerator<Lines, { readonly restBytes: number }> {
  const { offsetBytes = 0, settleMs = 0 } = options;
  let patienceMs = settleMs;
  const handle = await open(file, 'r');
  try {
    let buffer = Buffer.allocUnsafe(1 + PIECE_BYTES);
    let filled = 1;
    let position = offsetBytes;
    while (true) {
      if (filled === buffer.byteLength) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.byteLength)]);
      const { bytesRead } = await handle.read(buffer, filled, buffer.byteLength - filled, position);
      if (bytesRead === 0) {
        if (filled === 1 || patienceMs <= 0) return { restBytes: filled - 1 };
        patienceMs -= LOOK_MS;
        await systemClock.sleep(LOOK_MS);
        continue;
      }
      position += bytesRead;
      filled += bytesRead;
      const end = buffer.lastIndexOf(NEWLINE, filled - 1) + 1;
      if (end <= 1) continue;
      yield { bytes: buffer, start: 1, end };
      buffer.copy(buffer, 1, end, filled);
      filled -= end - 1;
    }
  } finally {
    await handle.close();
  }
}
