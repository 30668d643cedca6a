/**
 * Holds every file that says it is pure to its word, by the file's header or by its folder.
 *
 * A pure file reaches no adapter at run time: following its imports, types excepted, leads to no Node I/O, to no package but zod and yaml, and to no
 * ambient time, randomness or environment.
 */
import { wayTo, type Graph } from './import-graph.ts';
import type { SourceFile } from './source-file.ts';
import { isTestCode, type Violation } from './violation.ts';

/** Folders and files that are pure whatever their header says. */
export const PURE_PLACES = [
  /^contracts\//,
  /^exec\/(checks|orders|ledger|market)\//,
  /^agents\/(strategies|cio)\//,
  /^audit\/merkle\//,
  /^operator\/[^/]+\/(plan|status)\.ts$/,
] as const;

/** Built-ins that compute and do nothing else. */
const PURE_BUILTINS: ReadonlySet<string> = new Set([
  'node:crypto',
  'node:path',
  'node:path/posix',
  'node:util',
  'node:assert/strict',
  'node:buffer',
  'node:net',
]);
/** `node:net` is here for `isIP` and `BlockList`, and `node:crypto` for hashes; random bytes are ambient uses. */
const PURE_PACKAGES: ReadonlySet<string> = new Set(['zod', 'yaml']);

/** The forms in which headers say it: `Pure.`, `Pure: …`, `…; pure.`, `pure function`. */
const DECLARATION = /\bPure[.:,]|[:;,] pure\b|\bpure (?:function|functions|steps|data|fold)\b/;

export function isDeclaredPure({ path, header }: Pick<SourceFile, 'path' | 'header'>): boolean {
  return !isTestCode(path) && (PURE_PLACES.some((place) => place.test(path)) || DECLARATION.test(header));
}

/** @param values The graph of imports that exist at run time. */
export function pureViolations(sources: readonly SourceFile[], values: Graph): readonly Violation[] {
  const reasons = new Map(
    sources.flatMap((source) => [whyImpure(source)].filter((why) => why !== undefined).map((why) => [source.path, why])),
  );
  return sources.filter(isDeclaredPure).flatMap(({ path }) => {
    const way = wayTo(values, path, (file) => reasons.has(file));
    if (way === undefined) return [];
    const end = way.at(-1) ?? path;
    return [{ key: path, message: `${path}: is declared pure and reaches ${reasons.get(end)}: ${way.join(' ▸ ')}` }];
  });
}

function whyImpure({ imports, ambient }: SourceFile): string | undefined {
  if (ambient[0] !== undefined) return ambient[0].what;
  return imports.find(({ isType, what }) => !isType && !isPureModule(what))?.what;
}

function isPureModule(specifier: string): boolean {
  if (specifier.startsWith('.') || specifier.startsWith('@flotilla/')) return true;
  return specifier.startsWith('node:') ? PURE_BUILTINS.has(specifier) : PURE_PACKAGES.has(specifier);
}
