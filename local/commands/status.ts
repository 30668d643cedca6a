/** Prints the components and pods of a local cluster with their ports and logs. `make status` and `make logs` use it. */
import { basename } from 'node:path';
import { COMPONENT_NAMES } from '../components/components.ts';
import { resolvePorts } from '../addresses/cluster-ports.ts';
import type { LocalContext } from '../settings/context.ts';
import { formatPodRange } from '../addresses/pod-range.ts';
import { listPodRecords } from '../process-node/pod-record-files.ts';
import type { PodRecord } from '../process-node/container-record.ts';
import { type PortName, PORTS } from '../addresses/ports.ts';
import { findProcess } from '../processes/process-table.ts';
import { isAlive } from '../processes/process-identity.ts';
import { formatTable } from '../print/format-table.ts';

/** Prints what runs and where. Needs no API server: it reads `.local` and /proc. */
export function status(context: LocalContext): void {
  const { folder, log } = context;
  const cluster = resolvePorts(folder, undefined, false);
  const rows = COMPONENT_NAMES.map((name) => {
    const managed = findProcess(folder.processesDir, name);
    const running = managed !== undefined && isAlive(managed.identity);
    const ports = portsOf(name).map((port) => `127.0.0.1:${cluster.ports[port]}`);
    return {
      running,
      cells: [
        name,
        running ? 'running' : managed === undefined ? 'stopped' : 'ended',
        running ? String(managed.identity.pid) : '',
        ports.join(' '),
        managed?.logFile ?? '',
      ],
    };
  });
  for (const line of formatTable(
    ['COMPONENT', 'STATE', 'PID', 'LISTENS', 'LOG'],
    rows.map(({ cells }) => cells),
  ))
    log(line);
  const containers = listPodRecords(folder.podsDir).flatMap(containerRows);
  log('');
  if (containers.length === 0) log(`no pods (their range: ${formatPodRange(cluster.podRange)})`);
  else for (const line of formatTable(['POD', 'CONTAINER', 'STATE', 'PID', 'RESTARTS', 'ADDRESS', 'LOG'], containers)) log(line);
  if (rows.some(({ running }) => running)) log(`\nkubeconfig ${folder.kubeconfigFile}`);
  if (!rows.every(({ running }) => running)) log('\nmake up starts what is stopped');
}

function portsOf(process: string): readonly PortName[] {
  return (Object.keys(PORTS) as PortName[]).filter((name) => PORTS[name].process === process);
}

function containerRows(pod: PodRecord): readonly (readonly string[])[] {
  return pod.containers.map(({ name, state, restartCount, ready, logFile }) => {
    const alive = state.type === 'running' && isAlive(state.process);
    const said = state.type === 'running' ? (alive ? (ready ? 'ready' : 'running') : 'stopped') : state.reason;
    return [
      `${pod.namespace}/${pod.name}`,
      name,
      said,
      alive ? String(state.process.pid) : '',
      String(restartCount),
      pod.address,
      logFile ?? '',
    ];
  });
}

/** Finds the log files that `logs NAME` may mean: components, and containers by any part of `namespace_pod_container`. */
export function findLogs(context: LocalContext, wanted: string): readonly string[] {
  const { folder } = context;
  const pods = listPodRecords(folder.podsDir).flatMap(({ containers }) => containers.flatMap(({ logFile }) => logFile ?? []));
  const components = COMPONENT_NAMES.flatMap((name) => findProcess(folder.processesDir, name)?.logFile ?? []);
  const exact = components.filter((file) => basename(file) === `${wanted}.log`);
  return exact.length > 0 ? exact : [...components, ...pods].filter((file) => basename(file).includes(wanted));
}
