/** Every hygiene rule by name. A rule gives its violations; `exceptions/<name>.txt` lists the known ones, and that list may only shrink. */
import { fileCycleViolations, folderCycleViolations } from './cycles.ts';
import { factoryVerbViolations } from './factory-verbs.ts';
import { headerViolations } from './file-header.ts';
import { lengthViolations } from './function-length.ts';
import { fileGraph } from './import-graph.ts';
import { descriptionViolations, pageLines, proseViolations, type FieldDescription } from './plain-prose.ts';
import { pureViolations } from './pure-parts.ts';
import { roomViolations } from './rooms.ts';
import type { SourceFile } from './source-file.ts';
import { testOnlyExportViolations } from './test-only-exports.ts';
import { timeFormatViolations } from './time-format.ts';
import type { Violation } from './violation.ts';

/** The files and texts that the rules judge. */
export interface Project {
  readonly sources: readonly SourceFile[];
  /** Markdown by path. */
  readonly pages: ReadonlyMap<string, string>;
  readonly descriptions: readonly FieldDescription[];
}

/** Pages under docs/reference are generated: their words are judged in the sources. */
export const RULES: Readonly<Record<string, (project: Project) => readonly Violation[]>> = {
  rooms: ({ sources }) => sources.flatMap(roomViolations),
  'file-cycles': ({ sources }) => fileCycleViolations(fileGraph(sources)),
  'folder-cycles': ({ sources }) => folderCycleViolations(fileGraph(sources.filter(({ path }) => !/\.test\.ts$|\/testing\//.test(path)))),
  'pure-parts': ({ sources }) =>
    pureViolations(
      sources,
      fileGraph(sources, ({ isType }) => !isType),
    ),
  'function-length': ({ sources }) => sources.flatMap(lengthViolations),
  'file-headers': ({ sources }) => {
    const paths = new Set(sources.map(({ path }) => path));
    return sources.flatMap((source) => headerViolations(source, (path) => paths.has(path)));
  },
  'test-only-exports': ({ sources }) => testOnlyExportViolations(sources),
  'factory-verbs': ({ sources }) => sources.flatMap(factoryVerbViolations),
  'time-format': ({ sources }) => sources.flatMap(timeFormatViolations),
  'plain-prose': ({ sources, pages }) => [
    ...sources.flatMap(({ path, comments, messages }) =>
      path.startsWith('test/hygiene/') ? [] : proseViolations(path, [...comments, ...messages]),
    ),
    ...[...pages].flatMap(([path, text]) =>
      path === 'docs/plain-words.md' || path.startsWith('docs/reference/') ? [] : proseViolations(path, pageLines(text)),
    ),
  ],
  'field-descriptions': ({ descriptions }) => descriptionViolations(descriptions),
};
