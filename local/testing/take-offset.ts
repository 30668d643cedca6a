/** Port offsets of clusters of tests: no two test files of this machine have one at the same time. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';

/** Below the ephemeral ports (32768 and up), so that no outgoing connection takes one. */
const OFFSET_MIN = 9_000;
const OFFSETS = 15;

export interface TakenOffset {
  readonly offset: number;
  readonly free: () => void;
}

/** Takes a free offset: a file with the id of this process says that it is taken, for as long as the process lives. `folder` holds the files. */
export function takeOffset(folder: string = tmpdir()): TakenOffset {
  for (let step = 0; step < OFFSETS; step += 1) {
    const offset = OFFSET_MIN + ((process.pid + step) % OFFSETS) * 1_000;
    const path = join(folder, `flotilla-offset-${offset}`);
    if (isHeld(path)) continue;
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    return { offset, free: () => rmSync(path, { force: true }) };
  }
  throw new AssertionError(
    `expected one of ${OFFSETS} port offsets to be free, found none: files ${join(folder, 'flotilla-offset-*')} name the processes`,
  );
}

/** Removes the file of a process that has ended. */
function isHeld(path: string): boolean {
  let holder: number;
  try {
    holder = Number(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
  try {
    process.kill(holder, 0);
    return true;
  } catch {
    rmSync(path, { force: true });
    return false;
  }
}
