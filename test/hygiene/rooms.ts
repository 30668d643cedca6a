/** The import rules inside a workspace: the folders of `kube` and `operator` as data, and the pure check over them. */
import { dirname } from 'node:path/posix';
import { targetOf } from './import-graph.ts';
import type { SourceFile } from './source-file.ts';
import { isTestCode, violationAt, type Violation } from './violation.ts';

/** Stands for the files that lie at the top of the workspace. */
const TOP = '.';

const KINDS = ['kill-switch', 'portfolio', 'strategy', 'risk-policy', 'signal-source', 'audit-writer'] as const;
/** Folders that kinds share. */
const SHARED = ['fleet', 'status', 'workload', 'provision', 'drift'] as const;

/** Workspace, then folder, then the sibling folders that it may import. A folder that is not listed is not held. */
const ROOMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  kube: {
    objects: [],
    ports: [],
    transport: ['objects', 'ports'],
    cluster: ['objects', 'ports', 'transport'],
    watch: ['objects', 'ports', 'transport', 'cluster'],
    controller: ['objects', 'ports', 'transport', 'cluster', 'watch'],
    execute: ['objects', 'ports', 'transport', 'cluster', 'watch', 'controller'],
    leader: ['objects', 'ports', 'transport', 'cluster'],
  },
  operator: Object.fromEntries([...KINDS, ...SHARED].map((folder) => [folder, [...SHARED, TOP]])),
};

/** Folders that the table names, so that a test can hold the table against the disk. */
export const ROOM_FOLDERS: readonly string[] = Object.entries(ROOMS).flatMap(([workspace, rooms]) =>
  Object.keys(rooms).map((room) => `${workspace}/${room}`),
);

/** One violation for each import that crosses a wall between two folders of a workspace. */
export function roomViolations({ path, imports }: Pick<SourceFile, 'path' | 'imports'>): readonly Violation[] {
  const [workspace, room] = placeOf(path);
  const open = ROOMS[workspace]?.[room];
  if (open === undefined || isTestCode(path)) return [];
  return imports.flatMap(({ what, line }) => {
    const target = targetOf(path, what);
    if (target === undefined) return [];
    const [targetWorkspace, targetRoom] = placeOf(target);
    if (targetWorkspace !== workspace || targetRoom === room || open.includes(targetRoom)) return [];
    return [
      violationAt(
        path,
        line,
        `imports ${what}: ${workspace}/${room} may import ${open.join(', ') || 'no sibling folder'}`,
        `${path} ${target}`,
      ),
    ];
  });
}

function placeOf(path: string): readonly [workspace: string, room: string] {
  const [workspace = '', room = TOP] = dirname(path).split('/');
  return [workspace, room];
}
