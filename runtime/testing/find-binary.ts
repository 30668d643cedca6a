/** Finds the programs that integration tests start. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';

/** Folder in which `make tools` links the pinned programs of this checkout. */
const TOOLS_FOLDER = join(import.meta.dirname, '..', '..', '.cache', 'bin');

/**
 * Looks in `FLOTILLA_BIN_DIR`, in the folder that `make tools` fills, then in `PATH`.
 *
 * @throws FlotillaError `TOOL_MISSING`: a test that cannot run fails, it is never skipped.
 */
export function findBinary(name: string, accept: (path: string) => boolean = () => true): string {
  const { FLOTILLA_BIN_DIR, PATH } = process.env;
  for (const folder of [FLOTILLA_BIN_DIR, TOOLS_FOLDER, ...(PATH ?? '').split(delimiter)]) {
    if (folder === undefined || folder === '') continue;
    const path = join(folder, name);
    if (isExecutable(path) && accept(path)) return path;
  }
  throw new FlotillaError(
    'TOOL_MISSING',
    `expected a usable ${name} in FLOTILLA_BIN_DIR, .cache/bin or PATH, found none: run "make tools" once`,
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
