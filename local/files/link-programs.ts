/** Links programs into one folder, so that a user needs one entry in PATH. */
import { mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Makes `folder/<name>` point at each program, so that one entry in PATH gives them all. */
export function linkPrograms(folder: string, programs: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, program] of Object.entries(programs)) {
    const link = join(folder, name);
    if (linkTarget(link) === program) continue;
    rmSync(link, { force: true });
    symlinkSync(program, link);
  }
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
