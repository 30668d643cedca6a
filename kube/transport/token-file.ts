/** A bearer token in a file that another process rotates. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '@flotilla/contracts/ports.ts';

/** Projected service account tokens rotate well before they expire; client-go reads the file again after a minute too. */
const TOKEN_AGE_MS_MAX = 60_000;

/** A bearer token that another process rotates in a file. An unreadable file leaves the last token in use. */
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
