/** Reads a file of lines in large pieces. Every line comes with one free byte in front, where a leaf's prefix can be put. */
import { open } from 'node:fs/promises';

const PIECE_BYTES = 4 * 1_048_576;
const NEWLINE = 0x0a;

export interface Lines {
  /** Holds whole lines; `bytes[start - 1]` belongs to nobody. */
  readonly bytes: Buffer;
  readonly start: number;
  /** Behind the last newline. */
  readonly end: number;
}

/**
 * Yields runs of whole lines from `offsetBytes` on; the last run's `rest` says how many bytes follow the last newline.
 *
 * @throws FlotillaError never; file-system errors come as they are.
 */
export async function* readLines(file: string, offsetBytes = 0): AsyncGenerator<Lines, { readonly restBytes: number }> {
  const handle = await open(file, 'r');
  try {
    let buffer = Buffer.allocUnsafe(1 + PIECE_BYTES);
    let filled = 1;
    let position = offsetBytes;
    while (true) {
      if (filled === buffer.byteLength) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.byteLength)]);
      const { bytesRead } = await handle.read(buffer, filled, buffer.byteLength - filled, position);
      if (bytesRead === 0) return { restBytes: filled - 1 };
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
