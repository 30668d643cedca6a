/** Reads the sources file, the secrets that it names, and what is known about the datasets that it names. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { secretBytes } from '@flotilla/contracts/values/secret-bytes.ts';
import { type DataFolders, describeDataset } from '../datasets/describe-dataset.ts';
import type { SurveyBook } from '../datasets/survey-book.ts';
import { type DatasetFound, makeSourceTable, nextSecretFileOf, type SecretFound } from './make-source-table.ts';
import { parseSourcesFile } from './parse-sources.ts';
import type { ReplaySource, SourceTable } from './source-table.ts';

export interface SourcesRead {
  readonly table: SourceTable;
  /** Equal for equal files, so that the caller sees whether anything changed. Holds secrets, so it never leaves the process. */
  readonly fingerprint: string;
}

/** Where the gateway looks for data, and what it knows of the rows. */
export interface SourceData {
  readonly dataFolder: string;
  readonly surveys: Pick<SurveyBook, 'peek'>;
}

/**
 * A relative `secretFile` counts from the folder of the sources file.
 *
 * @throws FlotillaError `CONFIG_INVALID` when the sources file cannot be read or is not valid as a whole.
 */
export async function readSources(path: string, data: SourceData): Promise<SourcesRead> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FlotillaError('CONFIG_INVALID', `expected a sources file at ${path}, found ${errorCode(cause)}: is it mounted?`, { cause });
  });
  const parsed = parseSourcesFile(text);
  const folder = dirname(path);
  const secrets = new Map<string, SecretFound>();
  const datasets = new Map<string, DatasetFound>();
  const folders: DataFolders = { dataFolder: data.dataFolder, sourcesFolder: folder };
  for (const source of parsed.sources) {
    // The next secret comes first: the kubelet may swap the files between the two reads. When the next secret has become the present one, the other order would
    // find the former secret and no next one, and would refuse every sender that has changed over.
    if (source.scheme !== 'Replay')
      for (const file of [nextSecretFileOf(source), source.secretFile]) secrets.set(file, await readSecret(resolve(folder, file)));
    else
      for (const dataset of source.datasets)
        datasets.set(keyOf(source, dataset), await findDataset(folders, data.surveys, source, dataset));
  }
  const fingerprint = [
    text,
    ...[...secrets.values()].map((found) => (found.ok ? Buffer.from(found.secret).toString('hex') : found.code)),
    ...[...datasets.values()].map((found) => JSON.stringify(found)),
  ];
  const table = makeSourceTable(parsed, {
    secretOf: (file) => secrets.get(file) ?? { ok: false, code: 'ENOENT' },
    datasetOf: (source, dataset) => datasets.get(keyOf(source, dataset)) ?? {},
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

async function findDataset(
  folders: DataFolders,
  surveys: SourceData['surveys'],
  source: ReplaySource,
  name: string,
): Promise<DatasetFound> {
  try {
    const survey = surveys.peek(await describeDataset(folders, source, name));
    if (survey === undefined) return {};
    return survey.ok ? { rows: survey.counts } : { problem: survey.problem };
  } catch (cause) {
    if (cause instanceof FlotillaError) return { problem: cause.message };
    throw cause;
  }
}

function errorCode(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? 'an unknown error';
}
