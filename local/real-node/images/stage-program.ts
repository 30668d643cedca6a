/** Copies a program and its shared libraries into the root file system of an image. */
import { copyFileSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sharedLibraries } from './shared-libraries.ts';

/** Puts a program with its libraries into a root file system, in a folder of PATH. */
export async function stageProgram(rootDir: string, name: string, program: string): Promise<void> {
  const copy = (from: string, to: string): void => {
    const target = join(rootDir, to);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(realpathSync(from), target);
  };
  copy(program, `/usr/local/bin/${name}`);
  for (const library of await sharedLibraries(program)) copy(library, library);
}
