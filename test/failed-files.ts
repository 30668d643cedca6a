/** Reads the failed test files out of the text of the failure reporter. */

/** The files among `files` that `failures` names, each once, in the order of `files`. `failures`: lines `✖ <path>: <name of the test>`. */
export function failedFiles(failures: string, files: readonly string[]): readonly string[] {
  const named = failures.split('\n').filter((line) => line.startsWith('✖ '));
  return files.filter((file) => named.some((line) => line.startsWith(`✖ ${file}: `)));
}
