/** Reads version, flags and cache name of a pinned program from its go.mod and go.sum. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { BINARIES, type BinaryDefinition, type BinaryName } from './catalogue.ts';
import { requiredVersion } from './version.ts';

const LOCAL_DIR = join(import.meta.dirname, '..');

export interface Pinned extends BinaryDefinition {
  readonly name: BinaryName;
  /** Folder of the go.mod that pins it; builds run there. */
  readonly moduleDir: string;
  /** As in go.mod: `v1.36.3`. */
  readonly version: string;
  readonly linkerFlags: string;
  /** Changes with the version, any dependency, or the flags: `kubectl-v1.36.3-1f0c…`. */
  readonly cacheName: string;
}

/** Everything that decides what a build of `name` is. */
export function pinned(name: BinaryName): Pinned {
  const definition = BINARIES[name];
  const moduleDir = join(LOCAL_DIR, definition.pinnedIn);
  const goMod = readFileSync(join(moduleDir, 'go.mod'), 'utf8');
  const version = requiredVersion(goMod, definition.goModule);
  assert(version !== undefined, `${definition.pinnedIn}/go.mod requires no ${definition.goModule}`);
  const linkerFlags = ['-s', '-w', ...(definition.versionVariable === undefined ? [] : ['-X', `${definition.versionVariable}=${version}`])];
  const stamp = createHash('sha256')
    .update(readFileSync(join(moduleDir, 'go.sum')))
    .update(goMod)
    .update(linkerFlags.join(' '))
    .update(definition.source === undefined ? '' : readFileSync(join(moduleDir, definition.source)))
    .digest('hex')
    .slice(0, 12);
  return { ...definition, name, moduleDir, version, linkerFlags: linkerFlags.join(' '), cacheName: `${name}-${version}-${stamp}` };
}
