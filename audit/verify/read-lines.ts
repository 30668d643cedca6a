/** Reads a file of lines in large pieces. Every line comes with one free byte in front, where a leaf's prefix can be put. */
import { open } from 'node:fs/promises';
import { systemClock } from '@flotilla/runtime/clock.ts';

const PIECE_BYTES = 4 * 1_048_576;
const PIECE_BYTES_MIN = 4_096;
/** Between two looks at a file that ends within a line, while its writer may be at work on it. */
const LOOK_MS = 20;
const NEWLINE = 0x0a;

export interface Lines {
  /** Holds whole lines; the reader may overwrite `bytes[start - 1]`. */
  readonly bytes: Buffer;
  readonly start: number;
  /** Behind the last newline. */
  readonly end: number;
}

export interface Rest {
  /** Bytes behind the last newline that was read. */
  readonly bytes: number;
  /** The reading ended there, because the line is longer than any line that the log writes. */
  readonly isTooLong: boolean;
}

export interface ReadLinesOptions {
  readonly offsetBytes?: number;
  /** How long a line without end may still grow. */
  readonly settleMs?: number;
  /** Longest line. Memory is bounded by twice this size, and by two pieces of 4 MiB. */
  readonly lineBytesMax: number;
}

/** Yields runs of whole lines, and returns what follows the last newline. File-system errors come as they are. */
export async function* readLines(file: string, options: ReadLinesOptions): AsyncGenerator<Lines, Rest> {
  const { offsetBytes = 0, settleMs = 0, lineBytesMax } = options;
  let patienceMs = settleMs;
  const handle = await open(file, 'r');
  try {
    const sizeBytes = (await handle.stat()).size - offsetBytes;
    const pieceBytes = Math.min(PIECE_BYTES, Math.max(PIECE_BYTES_MIN, sizeBytes + 1));
    let buffer = Buffer.allocUnsafe(1 + pieceBytes);
    let filled = 1;
    let position = offsetBytes;
    while (true) {
      if (filled - 1 > lineBytesMax) return { bytes: filled - 1, isTooLong: true };
      if (filled === buffer.byteLength) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.byteLength)]);
      const { bytesRead } = await handle.read(buffer, filled, buffer.byteLength - filled, position);
      if (bytesRead === 0) {
        if (filled === 1 || patienceMs <= 0) return { bytes: filled - 1, isTooLong: false };
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
