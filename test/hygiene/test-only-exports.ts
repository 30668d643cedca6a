/** Finds exports that tests alone use: code that no service runs. */
import { targetOf } from './import-graph.ts';
import type { SourceFile } from './source-file.ts';
import { isTestCode, violationAt, type Violation } from './violation.ts';

/** Files whose exports are for readers outside of the repository too. */
const PUBLIC_ENTRIES = ['kube/mod.ts'] as const;

/** An export counts as used when its own file or any file that is not a test uses it; a re-export alone does not use a name. */
export function testOnlyExportViolations(sources: readonly SourceFile[]): readonly Violation[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const used = new Set<string>();
  const useName = (path: string, name: string): void => {
    const id = `${path} ${name}`;
    const source = byPath.get(path);
    if (source === undefined || used.has(id)) return;
    used.add(id);
    for (const one of source.imports.filter(({ isReexport }) => isReexport)) {
      const target = targetOf(path, one.what);
      if (target !== undefined && (one.names.includes('*') || one.names.includes(name))) useName(target, name);
    }
  };
  for (const entry of PUBLIC_ENTRIES) {
    for (const { what, names } of byPath.get(entry)?.imports ?? []) {
      const target = targetOf(entry, what);
      if (target !== undefined) for (const name of names) useName(target, name);
    }
  }
  for (const { path, imports } of sources.filter((source) => !isTestCode(source.path))) {
    for (const { what, names, isReexport } of imports) {
      const target = isReexport ? undefined : targetOf(path, what);
      if (target !== undefined) for (const name of names) useName(target, name);
    }
  }
  return sources
    .filter(({ path }) => !isTestCode(path) && !path.startsWith('kube/examples/'))
    .flatMap(({ path, exports, identifierCounts }) =>
      exports
        .filter(({ what }) => (identifierCounts.get(what) ?? 0) < 2 && !used.has(`${path} ${what}`) && !used.has(`${path} *`))
        .map(({ what, line }) =>
          violationAt(path, line, `exports ${what}, which tests alone use: remove it or move it to testing/`, `${path} ${what}`),
        ),
    );
}
