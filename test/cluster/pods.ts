/** Lists Flotilla's pods and describes a namespace, for the tests on a real cluster. */
import type { ClusterCommands } from '../e2e/cluster-commands.ts';

export interface RunningPod {
  readonly name: string;
  readonly uid: string;
  readonly restarts: number;
  readonly component: string;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string; readonly labels?: Readonly<Record<string, string>> };
    readonly status?: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
  }[];
}

/** Flotilla's pods of a namespace by name, without finished jobs. */
export async function flotillaPods(cluster: ClusterCommands, namespace: string): Promise<readonly RunningPod[]> {
  const selector = 'app.kubernetes.io/part-of=flotilla,app.kubernetes.io/component!=credentials';
  const list = JSON.parse(await cluster.kubectl('get', 'pods', '-n', namespace, '-l', selector, '-o', 'json')) as PodList;
  return list.items
    .map(({ metadata, status }) => ({
      name: metadata.name,
      uid: metadata.uid,
      restarts: (status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
      component: metadata.labels?.['app.kubernetes.io/component'] ?? '',
    }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

const LOG_LINES = 15;

/** Text for the message of a failed test: pods, warnings, the end of the operator's log. */
export async function describeNamespace(cluster: ClusterCommands, namespace: string): Promise<string> {
  const here = ['-n', namespace];
  const commands = [
    ['get', 'pods', '-o', 'wide', ...here],
    ['get', 'events', '--field-selector=type=Warning', '--sort-by=.lastTimestamp', ...here],
    ['get', 'portfolios,strategies,signalsources,riskpolicies', ...here],
    ['logs', 'deploy/flotilla-operator', '--all-pods', '--prefix', `--tail=${LOG_LINES}`, ...here],
  ];
  const results = await Promise.all(commands.map((command) => cluster.tryKubectl(command)));
  return results.map(({ stdout, stderr }, index) => `── kubectl ${commands[index]?.join(' ')}\n${stdout}${stderr}`).join('\n');
}
