/** Finds a program that is already built, for tests. It never builds one. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { parseSettings } from '../settings/settings.ts';
import type { BinaryName } from '../binaries/catalogue.ts';
import { cachedBinary, isExecutable } from '../binaries/find-binary.ts';
import { pinned } from '../binaries/pinned.ts';

/**
 * Where an already built program is, for tests; never builds. Order: FLOTILLA_BIN_DIR, the cache, PATH (without a look at the version).
 *
 * @throws FlotillaError TOOL_MISSING with the command that gets it.
 */
export function binaryPath(name: BinaryName, env: Readonly<Record<string, string | undefined>> = process.env): string {
  const settings = parseSettings(env, resolve(import.meta.dirname, '..', '..'));
  const candidates = [
    ...(settings.binDir === undefined ? [] : [join(settings.binDir, name)]),
    cachedBinary(pinned(name), settings.cacheDir),
    ...settings.pathDirs.map((folder) => join(folder, name)),
  ];
  const path = candidates.find((candidate) => existsSync(candidate) && isExecutable(candidate));
  if (path !== undefined) return path;
  throw new FlotillaError('TOOL_MISSING', `expected the program ${name}, found none; get it with: node local/binaries/main.ts ${name}`);
}
