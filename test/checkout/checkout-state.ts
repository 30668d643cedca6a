/** Finds the files of the checkout that a test run or a demo changed. There are none unless a program writes outside of the ignored folders. */
import { spawnSync } from 'node:child_process';

/** Lines of `git status --porcelain` with the content of each changed file; undefined where the folder is not a Git checkout. */
export function readCheckoutState(root: string): ReadonlyMap<string, string> | undefined {
  const status = git(root, 'status', '--porcelain', '--untracked-files=all');
  if (status === undefined) return undefined;
  return new Map(
    status
      .split('\n')
      .filter(Boolean)
      .map((line) => [line, contentId(root, line.slice(3))]),
  );
}

/** Lines that `after` has and `before` does not have, or whose file changed in between. */
export function checkoutChanges(
  before: ReadonlyMap<string, string> | undefined,
  after: ReadonlyMap<string, string> | undefined,
): readonly string[] {
  if (before === undefined || after === undefined) return [];
  return [...after].filter(([line, id]) => before.get(line) !== id).map(([line]) => line);
}

/** Empty for a deleted or renamed file, because the status line is enough to identify that change. */
function contentId(root: string, path: string): string {
  return git(root, 'hash-object', '--', path) ?? '';
}

function git(root: string, ...words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', words, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}
