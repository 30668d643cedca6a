/** Stops the real node with its containers, and removes its mounts, network and control groups. `make node-down` uses it. */
import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stopProcess } from '../processes/process-table.ts';
import { tryProgram } from '../processes/run-program.ts';
import type { NodeContext, NodeProgramPaths } from './node-context.ts';
import { removeNodeNetwork } from './node-network.ts';
import { NODE_PROCESS_NAMES } from './node-programs.ts';

const GRACE_MS = 3_000;
/** Where a kubelet puts its pods' control groups, below each hierarchy. */
const CGROUP_ROOT = '/sys/fs/cgroup';
const POD_CGROUPS = 'kubepods';

/** Stops the node and all its containers, and forgets its state. True when something of it ran. Succeeds when nothing runs. */
export async function downNode({ layout, clock }: NodeContext, { packages }: Pick<NodeProgramPaths, 'packages'>): Promise<boolean> {
  const stop = (name: string): Promise<boolean> => stopProcess(layout.processesDir, name, GRACE_MS, clock);
  // First the programs end that start containers, then the containers, then the servers that the containers used.
  const kubelet = await stop('kubelet');
  await removeContainers([packages.ctr, `--address=${layout.containerdSocket}`, '--namespace=k8s.io']);
  const others: boolean[] = [];
  for (const name of NODE_PROCESS_NAMES.filter((candidate) => candidate !== 'kubelet').toReversed()) others.push(await stop(name));
  for (const mount of mountsBelow([layout.root, layout.runDir])) await tryProgram([packages.umount, '--lazy', mount]);
  await removeNodeNetwork(packages.ip);
  removeCgroups();
  rmSync(layout.root, { recursive: true, force: true });
  rmSync(layout.runDir, { recursive: true, force: true });
  return kubelet || others.some(Boolean);
}

/** Its containerd knows only the node's containers, so all of them are ours. */
async function removeContainers(ctr: readonly string[]): Promise<void> {
  const list = async (what: 'tasks' | 'containers'): Promise<readonly string[]> =>
    (await tryProgram([...ctr, what, 'list', '--quiet'])).stdout.split('\n').filter((name) => name !== '');
  await Promise.all((await list('tasks')).map((name) => tryProgram([...ctr, 'tasks', 'delete', '--force', name])));
  await Promise.all((await list('containers')).map((name) => tryProgram([...ctr, 'containers', 'delete', name])));
}

/** The deepest first. */
function mountsBelow(folders: readonly string[]): readonly string[] {
  const points = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  return points
    .filter((point) => folders.some((folder) => point.startsWith(`${folder}/`)))
    .toSorted()
    .toReversed();
}

/** Empty by now; one that is not stays, and the next kubelet takes it over. */
function removeCgroups(): void {
  const remove = (folder: string): void => {
    for (const entry of foldersIn(folder)) remove(join(folder, entry));
    try {
      rmdirSync(folder);
    } catch {
      return;
    }
  };
  for (const hierarchy of ['', ...foldersIn(CGROUP_ROOT)]) remove(join(CGROUP_ROOT, hierarchy, POD_CGROUPS));
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
