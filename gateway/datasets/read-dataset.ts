/** Reads recorded datasets from the data folder, for replays and for the state of a source. A name is a token, so it cannot leave the folder. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { type Dataset, DATASET_BYTES_MAX, datasetOf, type DatasetRows, indexRows } from './dataset.ts';

export interface DescribedDataset {
  readonly dataset: Dataset;
  /** Size of the file. */
  readonly bytes: number;
}

/** @throws FlotillaError `CONFIG_INVALID` when the dataset is not described, its file is missing, or the file is too large. */
export async function describeDataset(folder: string, name: string): Promise<DescribedDataset> {
  const dataset = datasetOf((await readable(join(folder, 'datasets.json'), (path) => readFile(path))).toString('utf8'), name);
  const path = fileOf(folder, name);
  const { size } = await readable(path, (file) => stat(file));
  if (size > DATASET_BYTES_MAX)
    throw new FlotillaError('CONFIG_INVALID', `expected at most ${DATASET_BYTES_MAX} bytes in ${path}, found ${size}: split the file`);
  return { dataset, bytes: size };
}

/** @throws FlotillaError `CONFIG_INVALID` when the file cannot be read, or has another header than its format. */
export async function readDatasetRows(folder: string, name: string, dataset: Dataset): Promise<DatasetRows> {
  return indexRows(dataset, await readable(fileOf(folder, name), (path) => readFile(path)));
}

function fileOf(folder: string, name: string): string {
  return join(folder, `${name}.csv`);
}

async function readable<T>(path: string, read: (path: string) => Promise<T>): Promise<T> {
  try {
    return await read(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'an unknown error';
    throw new FlotillaError('CONFIG_INVALID', `expected a readable file ${path}, found ${code}`, { cause });
  }
}
