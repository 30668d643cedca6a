/** The project's imports as a graph of files, and the questions that the hygiene rules ask of a graph: cycles and what a file reaches. */
import { dirname, join } from 'node:path/posix';
import type { Import, SourceFile } from './source-file.ts';

/** Node to the nodes that it points to. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** The project file that an import names; undefined for packages and built-ins. */
export function targetOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(path), specifier);
  if (!specifier.startsWith('@flotilla/')) return undefined;
  const rest = specifier.slice('@flotilla/'.length);
  return rest.includes('/') ? rest : `${rest}/mod.ts`;
}

/** Edges from file to file for the imports that `keep` wants. */
export function fileGraph(sources: readonly SourceFile[], keep: (one: Import) => boolean = () => true): Graph {
  const known = new Set(sources.map(({ path }) => path));
  return new Map(
    sources.map(({ path, imports }) => [
      path,
      new Set(imports.filter(keep).flatMap(({ what }) => [targetOf(path, what)].filter((file) => file !== undefined && known.has(file)))),
    ]),
  ) as Graph;
}

/** The same graph between the folders of the files. */
export function folderGraph(files: Graph): Graph {
  const folders = new Map<string, Set<string>>();
  for (const [path, targets] of files) {
    const from = dirname(path);
    const known = folders.get(from) ?? new Set();
    folders.set(from, known);
    for (const target of targets) if (dirname(target) !== from) known.add(dirname(target));
  }
  return folders;
}

/** Groups of two or more nodes that all reach each other, each sorted (Tarjan 1972). */
export function cyclesOf(graph: Graph): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (node: string): void => {
    order.set(node, order.size);
    low.set(node, order.size - 1);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(node) !== order.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1) cycles.push(group.toSorted());
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return cycles;
}

/** Shortest way from `start` to the first node that `wanted` accepts, both ends included. */
export function wayTo(graph: Graph, start: string, wanted: (node: string) => boolean): readonly string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[start, undefined]]);
  for (const node of cameFrom.keys()) {
    if (wanted(node)) {
      const way = [node];
      for (let at = cameFrom.get(node); at !== undefined; at = cameFrom.get(at)) way.unshift(at);
      return way;
    }
    for (const next of graph.get(node) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, node);
  }
  return undefined;
}
