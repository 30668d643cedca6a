/** Bounds the length of a function. Tests are free: a story may be long. */
import type { SourceFile } from './source-file.ts';
import { violationAt, type Violation } from './violation.ts';

export const FUNCTION_LINES_MAX = 70;

export function lengthViolations({ path, functions }: Pick<SourceFile, 'path' | 'functions'>): readonly Violation[] {
  if (path.endsWith('.test.ts')) return [];
  return functions
    .filter(({ lines }) => lines > FUNCTION_LINES_MAX)
    .map(({ name, line, lines }) =>
      violationAt(
        path,
        line,
        `${name} has ${lines} lines, at most ${FUNCTION_LINES_MAX} are allowed: split it by what it decides`,
        `${path.split('/')[0]} ${name}`,
      ),
    );
}
