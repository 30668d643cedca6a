/** A file that one process appends to, for the writer of the log. */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { syncFolder } from './files.ts';

export interface AppendedFile {
  readonly name: string;
  readonly handle: FileHandle;
  /** Bytes that this process knows the file to have. */
  bytes: number;
}

/** Opens the file, and creates it durably when it does not exist. */
export async function openAppended(folder: string, name: string): Promise<AppendedFile> {
  const handle = await open(join(folder, name), 'a');
  await syncFolder(folder);
  return { name, handle, bytes: (await handle.stat()).size };
}

/**
 * Appends and syncs. Another writer would fork the chain, so the file must have exactly the bytes that this process wrote.
 *
 * @throws FlotillaError `AUDIT_CORRUPT` when the file has grown or shrunk meanwhile.
 */
export async function writeSynced(file: AppendedFile, chunks: readonly Buffer[]): Promise<number> {
  const { handle } = file;
  const found = (await handle.stat()).size;
  if (found !== file.bytes) {
    throw new FlotillaError(
      'AUDIT_CORRUPT',
      `expected ${file.name} to have ${file.bytes} bytes, found ${found}: stop the other writer of this folder`,
    );
  }
  const bytes = Buffer.concat(chunks);
  file.bytes += bytes.byteLength;
  let written = 0;
  while (written < bytes.byteLength) written += (await handle.write(bytes, written)).bytesWritten;
  await handle.datasync();
  return bytes.byteLength;
}
