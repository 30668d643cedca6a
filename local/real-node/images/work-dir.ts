/** Gives a temporary folder to one function and removes the folder afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for as long as `use` runs. */
export async function withWorkDir<T>(use: (workDir: string) => Promise<T>): Promise<T> {
  const workDir = mkdtempSync(join(tmpdir(), 'flotilla-image-'));
  try {
    return await use(workDir);
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}
