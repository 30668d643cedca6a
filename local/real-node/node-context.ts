/** Types of what the commands of the real node receive. */
import type { LocalContext } from '../settings/context.ts';
import type { NodeLayout } from './node-layout.ts';
import type { NodeBinaryPaths, NodePackagePaths } from './node-programs.ts';

export interface NodeContext extends Omit<LocalContext, 'folder'> {
  readonly layout: NodeLayout;
}

export interface NodeProgramPaths {
  readonly binaries: NodeBinaryPaths;
  readonly packages: NodePackagePaths;
}
