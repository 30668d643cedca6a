/** Which tests can notice a change of a file: those that import it, directly or through other files. Pure. */
import type { Graph } from '../hygiene/import-graph.ts';

export interface ReachingTests {
  readonly unit: readonly string[];
  readonly integration: readonly string[];
  /** All files that import the changed one, directly or through others, and the changed one itself. */
  readonly importers: readonly string[];
}

/**
 * Tests of the same workspace, nearest first.
 *
 * Integration tests of a service start it as a process and do not import it, so all those of a workspace with a `main.ts` count. Other suites
 * (a whole cluster, kills) are left out: they take minutes for each mutant.
 */
export function testsReaching(files: Graph, paths: readonly string[], changed: string): ReachingTests {
  const workspace = `${changed.split('/')[0]}/`;
  const importers = new Map<string, string[]>();
  for (const [from, targets] of files) for (const to of targets) importers.set(to, [...(importers.get(to) ?? []), from]);
  const reached = new Set([changed]);
  for (const file of reached) for (const importer of importers.get(file) ?? []) reached.add(importer);
  const isService = paths.includes(`${workspace}main.ts`);
  const candidates = new Set([...reached, ...(isService ? paths.filter(isIntegration) : [])]);
  const tests = [...candidates].filter((file) => file.startsWith(workspace) && file.endsWith('.test.ts'));
  return {
    unit: tests.filter((file) => !/\.[a-z0-9]+\.test\.ts$/.test(file)),
    integration: tests.filter(isIntegration),
    importers: [...reached],
  };
}

function isIntegration(file: string): boolean {
  return file.endsWith('.integration.test.ts');
}
