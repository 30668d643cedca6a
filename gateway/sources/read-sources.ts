/** Reads the sources file, the secrets that it names, and what the data folder says about the datasets that it names. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { secretBytes } from '@flotilla/contracts/values/secret-bytes.ts';
import { describeDataset } from '../datasets/read-dataset.ts';
import { makeSourceTable, type SecretFound } from './make-source-table.ts';
import { parseSourcesFile } from './parse-sources.ts';
import type { ReplaySource, SourceTable } from './source-table.ts';

export interface SourcesRead {
  readonly table: SourceTable;
  /** Equal for equal files, so that the caller sees whether anything changed. Holds secrets, so it never leaves the process. */
  readonly fingerprint: string;
}

/**
 * A relative `secretFile` counts from the folder of the sources file.
 *
 * @throws FlotillaError `CONFIG_INVALID` when the sources file cannot be read or is not valid as a whole.
 */
export async function readSources(path: string, dataFolder: string): Promise<SourcesRead> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FlotillaError('CONFIG_INVALID', `expected a sources file at ${path}, found ${errorCode(cause)}: is it mounted?`, { cause });
  });
  const parsed = parseSourcesFile(text);
  const folder = dirname(path);
  const secrets = new Map<string, SecretFound>();
  const datasets = new Map<string, string | undefined>();
  for (const source of parsed.sources) {
    if (source.scheme !== 'Replay') secrets.set(source.secretFile, await readSecret(resolve(folder, source.secretFile)));
    else for (const dataset of source.datasets) datasets.set(keyOf(source, dataset), await datasetProblem(dataFolder, source, dataset));
  }
  const fingerprint = [
    text,
    ...[...secrets.values()].map((found) => (found.ok ? Buffer.from(found.secret).toString('hex') : found.code)),
    ...[...datasets.values()].map((problem) => problem ?? ''),
  ];
  const table = makeSourceTable(parsed, {
    secretOf: (file) => secrets.get(file) ?? { ok: false, code: 'ENOENT' },
    datasetProblemOf: (source, dataset) => datasets.get(keyOf(source, dataset)),
  });
  return { table, fingerprint: fingerprint.join('\n') };
}

function keyOf(source: ReplaySource, dataset: string): string {
  return `${source.name}/${dataset}`;
}

async function readSecret(path: string): Promise<SecretFound> {
  try {
    return { ok: true, secret: secretBytes(await readFile(path)) };
  } catch (cause) {
    return { ok: false, code: errorCode(cause) };
  }
}

async function datasetProblem(folder: string, source: ReplaySource, name: string): Promise<string | undefined> {
  try {
    const { instrument } = (await describeDataset(folder, name)).dataset;
    if (source.instruments.includes(instrument)) return undefined;
    return `dataset ${name} is about ${instrument}, which is not among the instruments of the source`;
  } catch (cause) {
    if (cause instanceof FlotillaError) return cause.message;
    throw cause;
  }
}

function errorCode(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? 'an unknown error';
}
