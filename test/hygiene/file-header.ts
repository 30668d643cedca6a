/** Every file begins with a comment that says what the file gives and to whom. */
import { basename } from 'node:path/posix';
import type { SourceFile } from './source-file.ts';
import { violationAt, type Violation } from './violation.ts';

/** A test beside the file that it tests needs no header: its titles and the other file say it. */
export function headerViolations(
  { path, header }: Pick<SourceFile, 'path' | 'header'>,
  exists: (path: string) => boolean,
): readonly Violation[] {
  if (header !== '' || isBesideItsFile(path, exists)) return [];
  return [
    violationAt(
      path,
      1,
      'begins without a comment: say what the file gives and to whom, before the imports',
      `${path.split('/')[0]} ${basename(path)}`,
    ),
  ];
}

function isBesideItsFile(path: string, exists: (path: string) => boolean): boolean {
  return path.endsWith('.test.ts') && exists(path.replace(/(\.[a-z0-9]+)?\.test\.ts$/, '.ts'));
}
