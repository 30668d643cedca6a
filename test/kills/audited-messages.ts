/** Lists the messages of a stream that an audit folder holds, in log order. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Stream sequences of the messages. Notes about gaps and about restarts of the stream are left out. */
export async function auditedMessages(folder: string, stream: string): Promise<readonly number[]> {
  const segments = (await readdir(folder)).filter((name) => name.startsWith('segment-')).toSorted();
  const texts = await Promise.all(segments.map((name) => readFile(join(folder, name), 'utf8')));
  return texts
    .flatMap((text) => text.split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as { readonly stream: string; readonly sequence: number; readonly message?: unknown })
    .filter((entry) => entry.stream === stream && entry.message !== undefined)
    .map(({ sequence }) => sequence);
}
