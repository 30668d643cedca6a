/** Lists the shared libraries that a program loads, so that an image can hold them. */
import { tryProgram } from '../../processes/run-program.ts';

/** Absolute paths of the libraries that a program loads; none for a static one. */
export async function sharedLibraries(program: string): Promise<readonly string[]> {
  const { stdout } = await tryProgram(['ldd', program]);
  return parseLibraries(stdout);
}

/** From the text of ldd(1): `libm.so.6 => /lib/libm.so.6 (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`. */
export function parseLibraries(text: string): readonly string[] {
  return [...text.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
}
