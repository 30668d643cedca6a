import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '@flotilla/contracts/assert.ts';
import type { BinaryDefinition, BinaryName } from './catalogue.ts';
import { BINARIES } from './catalogue.ts';
import { requiredVersion } from './version.ts';

export const TOOLS_DIR = join(import.meta.dirname, '..', 'tools');

export interface Pinned extends BinaryDefinition {
  readonly name: BinaryName;
  /** As in go.mod: `v1.36.3`. */
  readonly version: string;
  readonly linkerFlags: string;
  /** Changes with the version, any dependency, or the flags: `kubectl-v1.36.3-1f0c…`. */
  readonly cacheName: string;
}

/** Everything that decides what a build of `name` is. */
export function pinned(name: BinaryName): Pinned {
  const goMod = readFileSync(join(TOOLS_DIR, 'go.mod'), 'utf8');
  const definition = BINARIES[name];
  const version = requiredVersion(goMod, definition.goModule);
  assert(version !== undefined, `tools/go.mod requires no ${definition.goModule}`);
  const linkerFlags = ['-s', '-w', ...(definition.versionVariable === undefined ? [] : ['-X', `${definition.versionVariable}=${version}`])];
  const stamp = createHash('sha256')
    .update(readFileSync(join(TOOLS_DIR, 'go.sum')))
    .update(goMod)
    .update(linkerFlags.join(' '))
    .digest('hex')
    .slice(0, 12);
  return { ...definition, name, version, linkerFlags: linkerFlags.join(' '), cacheName: `${name}-${version}-${stamp}` };
}
