/** Finds the file of a dataset and how its rows are written, for replays and for the state of a source. Reads no row. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { FlotillaError, type GatewaySource } from '@flotilla/contracts';
import { catalogueEntry, type Dataset } from './dataset.ts';
import { fileVersion } from './file-version.ts';

/** Where the gateway looks for files. */
export interface DataFolders {
  /** Data of the gateway itself, for sources that name no folder. */
  readonly dataFolder: string;
  /** Folder of the sources file, from which relative folders count. */
  readonly sourcesFolder: string;
}

/** What a source says about its datasets. */
type DatasetOwner = Pick<Extract<GatewaySource, { readonly scheme: 'Replay' }>, 'instruments' | 'folder' | 'path' | 'format'>;

export interface DescribedDataset {
  readonly dataset: Dataset;
  /** The file, without links on the way. */
  readonly path: string;
  /** Differs after a change of the file. */
  readonly version: string;
}

/**
 * A name is a token, so it cannot leave the folder. A link must not leave it either: a volume that a user fills would otherwise show other files of the
 * gateway, for example its secrets.
 *
 * @throws FlotillaError `CONFIG_INVALID` when the dataset is not described, or its file is missing or outside of the folder; `INSTRUMENT_UNKNOWN` when
 *   the dataset is about an instrument that is not one of the source.
 */
export async function describeDataset(folders: DataFolders, source: DatasetOwner, name: string): Promise<DescribedDataset> {
  const root = await readable(source.folder === undefined ? folders.dataFolder : resolve(folders.sourcesFolder, source.folder), realPath);
  const folder = join(root, source.path ?? '.');
  const dataset = await datasetOf(root, folder, source, name);
  const path = await pathWithin(root, join(folder, dataset.file));
  return { dataset, path, version: fileVersion(await readable(path, (file) => stat(file))) };
}

async function datasetOf(root: string, folder: string, source: DatasetOwner, name: string): Promise<Dataset> {
  const { format, instruments } = source;
  const common = { name, file: `${name}.csv`, instruments };
  if (format !== undefined) return { ...common, format, instrument: format.columns.symbol === undefined ? instruments[0] : undefined };
  const catalogue = await readable(await pathWithin(root, join(folder, 'datasets.json')), (path) => readFile(path, 'utf8'));
  const entry = catalogueEntry(catalogue, name);
  if (instruments.includes(entry.instrument)) return { ...common, ...entry };
  throw new FlotillaError(
    'INSTRUMENT_UNKNOWN',
    `dataset ${name} is about ${entry.instrument}, which is not among the instruments of the source (${instruments.join(', ')})`,
  );
}

async function pathWithin(root: string, path: string): Promise<string> {
  const found = await readable(path, realPath);
  if (found.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) return found;
  throw new FlotillaError('CONFIG_INVALID', `expected a file within ${root}, found that ${path} is a link to another place: copy the file`);
}

const realPath = (path: string): Promise<string> => realpath(path);

async function readable<T>(path: string, read: (path: string) => Promise<T>): Promise<T> {
  try {
    return await read(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'an unknown error';
    throw new FlotillaError('CONFIG_INVALID', `expected a readable file ${path}, found ${code}`, { cause });
  }
}
