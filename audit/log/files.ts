/** File operations that survive a crash, and reads with a bound. For the writer, recovery and the verifier. */
import { open, rename, stat } from 'node:fs/promises';

/** The small files of a log (key, head) are far below this bound. */
const SMALL_FILE_BYTES_MAX = 131_072;

/** Contents of a small file, or undefined when the file does not exist. A file above the bound comes cut, so it matches nothing that the log wrote. */
export async function readSmallFile(file: string): Promise<string | undefined> {
  const size = await fileSizeIfThere(file);
  return size === undefined ? undefined : (await readRange(file, 0, Math.min(size, SMALL_FILE_BYTES_MAX))).toString();
}

/** Bytes in a file; 0 when the file does not exist. */
export async function fileSize(file: string): Promise<number> {
  return (await fileSizeIfThere(file)) ?? 0;
}

/** Bytes in a file, or undefined when the file does not exist. */
export async function fileSizeIfThere(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

/** Bytes `[start, end)` of a file. */
export async function readRange(file: string, start: number, end: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(end - start);
    let filled = 0;
    while (filled < buffer.byteLength) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.byteLength - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

/** Cuts a file to `bytes`, durably. */
export async function truncateFile(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.truncate(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file as a whole: a reader gets the old contents or the new contents, never a part. */
export async function replaceFile(file: string, contents: string): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, 'w');
  try {
    await handle.writeFile(contents);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

/** Makes the names of new files durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
