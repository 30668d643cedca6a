/** One way to print a time: `formatTime`. `metaTime` and `microTime` of kube, and `utcDay` of exec, cut its text. */
import type { SourceFile } from './source-file.ts';
import type { Violation } from './violation.ts';

const PRINTER = 'contracts/values/format-time.ts';
const BY_HAND = ['toISOString', 'toUTCString', 'toJSON'];

export function timeFormatViolations({ path, identifierCounts }: Pick<SourceFile, 'path' | 'identifierCounts'>): readonly Violation[] {
  const found = BY_HAND.find((name) => identifierCounts.has(name));
  if (path === PRINTER || found === undefined) return [];
  return [{ key: path, message: `${path}: prints a time by hand (${found}): call formatTime of ${PRINTER}` }];
}
