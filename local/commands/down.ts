/** Stops the processes of a local cluster in a safe order. `make down` and `make clean` use it. */
import { rmSync } from 'node:fs';
import { COMPONENT_NAMES, type ComponentName } from '../components/components.ts';
import type { LocalContext } from '../settings/context.ts';
import { listPodRecords } from '../process-node/pod-record-files.ts';
import { withFileLock } from '../processes/file-lock.ts';
import { endProcess, findProcess, stopProcess } from '../processes/process-table.ts';
import { formatSeconds } from '../print/progress.ts';

/** Longest time between SIGTERM and SIGKILL. The API server needs no more: its truth is in etcd. */
const GRACE_MS: Readonly<Record<ComponentName, number>> = {
  'process-node': 3_000,
  operator: 5_000,
  callout: 5_000,
  'kube-controller-manager': 2_000,
  'kube-scheduler': 2_000,
  'kube-apiserver': 3_000,
  'nats-server': 10_000,
  'redis-server': 10_000,
  etcd: 5_000,
};
const POD_GRACE_MS = 10_000;

/** Groups of components in the order of their end: starters of pods, pods, servers that both use, and etcd after its only client. */
const STAGES: readonly (readonly ComponentName[])[] = [
  ['process-node', 'operator'],
  ['kube-controller-manager', 'kube-scheduler', 'kube-apiserver', 'callout', 'nats-server', 'redis-server'],
  ['etcd'],
];

/** Stops what `up` started, and only that; the data stays. Succeeds when nothing runs. */
export async function down(context: LocalContext): Promise<void> {
  const { folder, clock, log } = context;
  const startedMs = clock.monotonicMs();
  const wait = (): void => log('  another command works on this cluster, waiting');
  const stopped = await withFileLock(folder.lockFile, wait, async () => {
    const [starters = [], ...others] = STAGES;
    const names = await stopAll(context, starters);
    const pods = await stopPods(context);
    for (const stage of others) names.push(...(await stopAll(context, stage)));
    if (pods > 0) log(`  stopped ${pods} containers`);
    return names.length;
  });
  if (stopped === 0) log('nothing was running');
  else log(`down in ${formatSeconds(clock.monotonicMs() - startedMs)}; the data stays in ${folder.dataDir}, make clean forgets it`);
}

/** `down`, and forgets everything but the built programs. */
export async function clean(context: LocalContext): Promise<void> {
  await down(context);
  rmSync(context.folder.root, { recursive: true, force: true });
  context.log(`forgot ${context.folder.root}`);
}

/** Stops one component, as an outage for tests and drills; `up` brings it back. */
export async function stopComponent(context: LocalContext, name: ComponentName): Promise<void> {
  const stopped = await stopAll(context, [name]);
  if (stopped.length === 0) context.log(`${name} was not running`);
}

async function stopAll({ folder, clock, log }: LocalContext, names: readonly ComponentName[]): Promise<string[]> {
  const stopped = await Promise.all(
    names.map(async (name) => {
      if (findProcess(folder.processesDir, name) === undefined) return [];
      const ended = await stopProcess(folder.processesDir, name, GRACE_MS[name], clock);
      if (ended) log(`  stopped ${name}`);
      return ended ? [name] : [];
    }),
  );
  return stopped.flat();
}

async function stopPods({ folder, clock }: LocalContext): Promise<number> {
  const running = listPodRecords(folder.podsDir)
    .flatMap(({ containers }) => containers)
    .flatMap(({ state }) => (state.type === 'running' ? [state.process] : []));
  const ended = await Promise.all(running.map((process) => endProcess(process, POD_GRACE_MS, clock)));
  return ended.filter(Boolean).length;
}

export function unknownComponents(names: readonly string[]): readonly string[] {
  return names.filter((name) => !(COMPONENT_NAMES as readonly string[]).includes(name));
}
