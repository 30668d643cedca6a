/** Reads and compares versions of programs. Pure. */
import type { BinaryDefinition } from './catalogue.ts';

export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** The first `1.2` or `v1.2.3` in a text. */
export function findVersion(text: string): Version | undefined {
  const match = /\bv?(\d{1,4})\.(\d{1,4})(?:\.\d+)?/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/** Whether a program of version `found` may stand in for the pinned one. */
export function isAccepted(found: Version, pinned: Version, accepts: BinaryDefinition['accepts']): boolean {
  if (found.major !== pinned.major) return false;
  return accepts === 'same-minor' ? found.minor === pinned.minor : found.minor >= pinned.minor;
}

/** The version of a module that the text of a go.mod requires. */
export function requiredVersion(goMod: string, module: string): string | undefined {
  return goMod
    .split('\n')
    .map((line) => line.trim().replace(/^require /, ''))
    .find((line) => line.startsWith(`${module} v`))
    ?.split(' ')[1];
}
