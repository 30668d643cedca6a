/** Forbids imports in a circle, between files and between folders. Type imports count: a reader follows them too. */
import { dirname } from 'node:path/posix';
import { cyclesOf, folderGraph, type Graph } from './import-graph.ts';
import type { Violation } from './violation.ts';

export function fileCycleViolations(files: Graph): readonly Violation[] {
  return cyclesOf(files).map((cycle) => ({
    key: cycle.join(' '),
    message: `files import each other in a circle: ${cycle.join(', ')}: move what they share into a file of its own`,
  }));
}

/**
 * One violation for each group of folders that import each other.
 *
 * Imports between a folder and the folder above it do not count: the upper folder puts the lower ones together, and may hold words that
 * all of them use.
 */
export function folderCycleViolations(files: Graph): readonly Violation[] {
  return cyclesOf(withoutAncestors(folderGraph(files))).map((cycle) => ({
    key: commonParent(cycle),
    message: `folders import each other in a circle: ${cycle.join(', ')}: move what they share into a folder below both`,
  }));
}

function withoutAncestors(folders: Graph): Graph {
  const isAbove = (upper: string, lower: string): boolean => lower.startsWith(`${upper}/`);
  return new Map(
    [...folders].map(([from, targets]) => [from, new Set([...targets].filter((to) => !isAbove(from, to) && !isAbove(to, from)))]),
  );
}

function commonParent(folders: readonly string[]): string {
  let parent = dirname(folders[0] ?? '');
  while (!folders.every((folder) => folder.startsWith(`${parent}/`)) && parent !== '.') parent = dirname(parent);
  return parent;
}
