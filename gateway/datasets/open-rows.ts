/** Streams the judged rows of a file, so that a file of any size takes the memory of one piece of it. */
import { type FileHandle, open } from 'node:fs/promises';
import { FlotillaError } from '@flotilla/contracts';
import type { DescribedDataset } from './describe-dataset.ts';
import { fileVersion } from './file-version.ts';
import { type JudgedRow, makeRowJudge } from './judge-row.ts';
import { type Line, makeLineSplitter } from './line-splitter.ts';
import { readHeader } from './read-header.ts';

const CHUNK_BYTES = 64 * 1024;
/** Empty lines that wait for a row to follow; a longer gap counts as refused rows at once. */
const EMPTY_LINES_MAX = 1_000;

/**
 * Yields the rows of one piece of the file at a time. Rows count from 0 in the order of the file; empty lines at the end of the file are not rows.
 *
 * @throws FlotillaError `CONFIG_INVALID` when the file cannot be read, has changed since it was described, or has another header than its format.
 */
export async function* openRows({ dataset, path, version }: DescribedDataset): AsyncGenerator<readonly JudgedRow[], void, void> {
  await using handle = await openFile(path);
  const found = fileVersion(await handle.stat());
  if (found !== version)
    throw new FlotillaError('CONFIG_INVALID', `the file ${dataset.file} changed while it was in use: start the replay again`);
  const splitter = makeLineSplitter();
  const rows = makeRowBuilder(dataset);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES);
    yield rows.take(bytesRead === 0 ? splitter.end() : splitter.push(chunk.subarray(0, bytesRead)));
    if (bytesRead === 0) break;
  }
  rows.end();
}

interface RowBuilder {
  take(lines: readonly Line[]): readonly JudgedRow[];
  /** @throws FlotillaError `CONFIG_INVALID` for a file without a header. */
  end(): void;
}

function makeRowBuilder(dataset: DescribedDataset['dataset']): RowBuilder {
  let judge: ((line: Line) => JudgedRow) | undefined;
  /** Empty lines, which are rows only when another row follows. */
  let empty: Line[] = [];
  return {
    take: (lines) =>
      lines.flatMap((line) => {
        if (judge === undefined) {
          judge = makeRowJudge(dataset, readHeader(line.text, dataset.format));
          return [];
        }
        if (line.text?.trim() === '' && empty.length < EMPTY_LINES_MAX) {
          empty.push(line);
          return [];
        }
        const judged = [...empty, line].map(judge);
        empty = [];
        return judged;
      }),
    end() {
      if (judge === undefined) readHeader(undefined, dataset.format);
    },
  };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'an unknown error';
    throw new FlotillaError('CONFIG_INVALID', `expected a readable file ${path}, found ${code}`, { cause });
  }
}
