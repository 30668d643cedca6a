/** Why this machine cannot run a real node, one sentence each; empty when it can. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { findProgram } from '../binaries/debian-packages.ts';
import { findRunning } from '../processes/process-table.ts';
import type { NodeLayout } from './node-layout.ts';
import { NODE_PACKAGES } from './node-packages.ts';

const CGROUPS = ['/sys/fs/cgroup/cgroup.controllers', '/sys/fs/cgroup/memory'] as const;

export function nodeObstacles(layout: NodeLayout, pathDirs: readonly string[]): readonly string[] {
  if (process.platform !== 'linux') return [`a kubelet needs Linux, this is ${process.platform}`];
  const found: string[] = [];
  if (process.getuid?.() !== 0) found.push('it needs root, for namespaces, mounts and firewall rules; this is another user');
  if (!CGROUPS.some((path) => existsSync(path))) found.push('containers need control groups, and none are mounted in /sys/fs/cgroup');
  const missing = NODE_PACKAGES.filter(({ program }) => findProgram(program, pathDirs) === undefined).map(({ program }) => program);
  if (missing.length > 0 && !existsSync('/usr/bin/apt-get'))
    found.push(`${missing.join(', ')} are not there, and there is no apt-get to get them`);
  const other = otherKubelet(layout);
  if (other !== undefined) found.push(`process ${other} is a kubelet already; two would stop each other's containers`);
  return found;
}

function otherKubelet({ processesDir }: NodeLayout): string | undefined {
  if (!existsSync('/proc')) return undefined;
  const ours = String(findRunning(processesDir, 'kubelet')?.identity.pid ?? '');
  return readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && entry !== ours && commandName(entry).startsWith('kubelet'));
}

function commandName(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8');
  } catch {
    return '';
  }
}
