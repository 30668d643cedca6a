/** Reads the sources file and the secrets that it names. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { buildSourceTable, parseSourcesFile, type SecretFound } from './build-source-table.ts';
import type { SourceTable } from './source-table.ts';

export interface SourcesRead {
  readonly table: SourceTable;
  /** The same for the same files: tells whether anything changed. Holds secrets, so it never leaves the process. */
  readonly fingerprint: string;
}

/**
 * A relative `secretFile` counts from the sources file's own folder.
 *
 * @throws FlotillaError `CONFIG_INVALID` when the sources file cannot be read or is not valid.
 */
export async function readSources(path: string): Promise<SourcesRead> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FlotillaError('CONFIG_INVALID', `expected a sources file at ${path}, found ${errorCode(cause)}: is it mounted?`, { cause });
  });
  const sources = parseSourcesFile(text);
  const folder = dirname(path);
  const secrets = new Map<string, SecretFound>();
  for (const source of sources) {
    if (source.scheme !== 'Replay') secrets.set(source.secretFile, await readSecret(resolve(folder, source.secretFile)));
  }
  const missing: SecretFound = { ok: false, reason: 'was not read' };
  const fingerprint = [
    text,
    ...[...secrets.values()].map((found) => (found.ok ? Buffer.from(found.secret).toString('hex') : found.reason)),
  ];
  return { table: buildSourceTable(sources, (file) => secrets.get(file) ?? missing), fingerprint: fingerprint.join('\n') };
}

async function readSecret(path: string): Promise<SecretFound> {
  try {
    // Editors and `echo` end a file with a line break that nobody means to be part of the secret.
    return { ok: true, secret: Buffer.from((await readFile(path, 'utf8')).replace(/\r?\n$/, '')) };
  } catch (cause) {
    return { ok: false, reason: `cannot be read (${errorCode(cause)})` };
  }
}

function errorCode(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? 'an unknown error';
}
