/** Lists and loads images of the real node's containerd. */
import { runProgram } from '../../processes/run-program.ts';
import type { NodeProgramPaths } from '../node-context.ts';
import type { NodeLayout } from '../node-layout.ts';

/** Images of the node's containerd. */
export interface ImageStore {
  has(name: string): Promise<boolean>;
  load(archive: string): Promise<void>;
}

export function imageStore({ containerdSocket }: NodeLayout, { packages }: Pick<NodeProgramPaths, 'packages'>): ImageStore {
  const ctr = (...args: readonly string[]): Promise<string> =>
    runProgram([packages.ctr, `--address=${containerdSocket}`, '--namespace=k8s.io', 'images', ...args]);
  return {
    has: async (name) => (await ctr('list', '--quiet', `name==${name}`)).trim() === name,
    load: async (archive) => void (await ctr('import', archive)),
  };
}
