/** Finds the programs that integration tests start. */
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors.ts';

/**
 * Looks in `FLOTILLA_BIN_DIR`, in `PATH`, then in the local cluster's cache.
 *
 * @throws FlotillaError `TOOL_MISSING`: a test that cannot run fails, it is never skipped.
 */
export function findBinary(name: string, accept: (path: string) => boolean = () => true): string {
  const { FLOTILLA_BIN_DIR, PATH, XDG_CACHE_HOME } = process.env;
  const cache = join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'flotilla', 'bin');
  const folders = [FLOTILLA_BIN_DIR, ...(PATH ?? '').split(delimiter), cache];
  for (const folder of folders) {
    if (folder === undefined || folder === '') continue;
    const path = join(folder, name);
    if (isExecutable(path) && accept(path)) return path;
  }
  throw new FlotillaError(
    'TOOL_MISSING',
    `expected a usable ${name} in FLOTILLA_BIN_DIR, PATH or ${cache}, found none: run "make binaries" once`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
