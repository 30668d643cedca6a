/** A bearer token in a file that another process rotates. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '@flotilla/contracts/ports.ts';

/** A projected service account token rotates well before it expires. client-go also reads the file again after a minute. */
const TOKEN_AGE_MS_MAX = 60_000;

/** Reads the token again after a minute. When the file cannot be read, the last token stays in use. */
export function makeTokenFile(
  path: string,
  clock: Pick<Clock, 'monotonicMs'>,
): (options: { readonly refresh: boolean }) => Promise<string> {
  let token: string | undefined;
  let readAtMs = 0;

  return async ({ refresh }) => {
    if (token !== undefined && !refresh && clock.monotonicMs() - readAtMs < TOKEN_AGE_MS_MAX) return token;
    try {
      token = (await readFile(path, 'utf8')).trim();
      readAtMs = clock.monotonicMs();
    } catch (error) {
      if (token === undefined) throw error;
    }
    return token;
  };
}
