/** Starts a local cluster, or the parts of it that do not run. `make up` uses it. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { STORE_START_USERS } from '@flotilla/contracts/access/store-users.ts';
import { type Cluster, connectCluster, isNotFound, type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { CLUSTER_BINARIES } from '../binaries/catalogue.ts';
import { ensureBinaries } from '../binaries/ensure-binaries.ts';
import { rememberPorts, resolvePorts } from '../addresses/cluster-ports.ts';
import { applyDefinitions, applyObjects } from '../cluster/apply-objects.ts';
import { namespaces, readerServiceAccount, storageClass } from '../cluster/base-objects.ts';
import { operatorRbac } from '../cluster/operator-rbac.ts';
import { processNodeRbac } from '../cluster/process-node-rbac.ts';
import { type Component, COMPONENT_NAMES, type ComponentName, components } from '../components/components.ts';
import { type ClusterSecrets, writeConfigFiles } from '../components/config-files.ts';
import type { ClusterContext, LocalContext } from '../settings/context.ts';
import { ensureBusKeys } from '../identities/bus-keys.ts';
import { ensureCredentials, ensureServiceAccountKeys } from '../identities/credentials.ts';
import { NODE_NAME } from '../identities/identity-names.ts';
import { containerId } from '../process-node/container-record.ts';
import { NODE_PROCESS_ANNOTATION } from '../process-node/node-manifest.ts';
import { withFileLock } from '../processes/file-lock.ts';
import { linkPrograms } from '../files/link-programs.ts';
import { requireFreePorts } from '../processes/free-ports.ts';
import { signalProcess } from '../processes/process-identity.ts';
import { findRunning, listProcesses, stopProcess } from '../processes/process-table.ts';
import { formatSeconds } from '../print/progress.ts';
import { awaitComponent, bringUp, startComponent } from '../components/start-component.ts';
import { ensureRedis } from '../binaries/ensure-redis.ts';

export interface UpOptions {
  /** Components to leave out, for tests of the others. */
  readonly without: readonly ComponentName[];
  /** Without what runs where and what to try next, for a caller that goes on. */
  readonly brief: boolean;
}

/** Brings the whole cluster up, or what is missing of it. @throws FlotillaError */
export async function up(context: LocalContext, options: UpOptions): Promise<void> {
  const { folder, log, clock } = context;
  for (const dir of [folder.podsDir, folder.volumesDir, folder.podLogsDir, folder.configDir, folder.certificatesDir, folder.processesDir]) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }
  mkdirSync(join(folder.dataDir, 'redis'), { recursive: true, mode: 0o700 });
  const startedMs = clock.monotonicMs();
  log(`starting the local cluster in ${folder.root}`);
  const wait = (): void => log('  another command works on this cluster, waiting');
  const ready = await withFileLock(folder.lockFile, wait, () => upLocked(context, options));
  log(`up in ${formatSeconds(clock.monotonicMs() - startedMs)}`);
  if (!options.brief) for (const line of summary(ready)) log(line);
}

async function upLocked(context: LocalContext, options: UpOptions): Promise<ClusterContext> {
  const { settings, folder, clock, log, env } = context;
  const binaries = await ensureBinaries(CLUSTER_BINARIES, { settings, clock, log, env });
  const redis = await ensureRedis({ pathDirs: settings.pathDirs, cacheDir: settings.cacheDir, clock, log, env });
  const runs = (name: string): boolean => findRunning(folder.processesDir, name) !== undefined;
  const cluster = resolvePorts(folder, settings.portOffset, COMPONENT_NAMES.some(runs));
  const clusterContext: ClusterContext = { ...context, cluster };
  const busKeys = ensureBusKeys(folder, context.rng, clock.nowMs());
  const credentials = ensureCredentials(
    folder,
    STORE_START_USERS.map(({ name }) => name),
    context.rng,
  );
  const keys = ensureServiceAccountKeys(folder);
  const table = components({ context: clusterContext, programs: { ...binaries, 'redis-server': redis }, credentials, keys });
  const wanted = COMPONENT_NAMES.filter((name) => !options.without.includes(name));
  await requireFreePorts(
    cluster.ports,
    wanted.filter((name) => !runs(name)).flatMap((name) => table[name].ports),
  );
  rememberPorts(folder, cluster);
  const flotilla = join(settings.checkoutDir, 'cli', 'bin', 'flotilla.js');
  // kubectl takes a program `kubectl-flotilla` in PATH for its subcommand `flotilla`.
  linkPrograms(folder.binDir, { kubectl: binaries.kubectl, flotilla, 'kubectl-flotilla': flotilla });
  await renewConfig(clusterContext, { busKeys, credentials }, binaries.kubectl);
  const isWanted = (name: ComponentName): boolean => wanted.includes(name);
  const start = (name: ComponentName): Promise<void> => (isWanted(name) ? bringUp(clusterContext, table[name]) : Promise.resolve());
  const bus = start('nats-server').then(() => start('callout'));
  await Promise.all([bus, start('redis-server'), startKubernetes({ context: clusterContext, table, isWanted, bus })]);
  return clusterContext;
}

/** Writes the configuration; a running server whose configuration changed takes it over. */
async function renewConfig(context: ClusterContext, secrets: ClusterSecrets, kubectl: string): Promise<void> {
  const { folder, clock } = context;
  const changed = writeConfigFiles(context, secrets, kubectl);
  const nats = findRunning(folder.processesDir, 'nats-server');
  if (changed.nats && nats !== undefined) signalProcess(nats.identity, 'SIGHUP', 'process');
  if (changed.redis) await stopProcess(folder.processesDir, 'redis-server', 10_000, clock);
}

interface KubernetesStart {
  readonly context: ClusterContext;
  readonly table: Readonly<Record<ComponentName, Component>>;
  readonly isWanted: (name: ComponentName) => boolean;
  /** The operator starts when the bus and its callout run. */
  readonly bus: Promise<void>;
}

async function startKubernetes({ context, table, isWanted, bus }: KubernetesStart): Promise<void> {
  await bringUp(context, table.etcd);
  await bringUp(context, table['kube-apiserver']);
  const cluster = connectCluster({
    from: { kubeconfigPath: context.folder.kubeconfigFile },
    clock: context.clock,
    userAgent: 'flotilla-local',
  });
  const running = (['kube-controller-manager', 'kube-scheduler'] as const)
    .filter(isWanted)
    .map((name) => ({ component: table[name], managed: startComponent(context, table[name]) }));
  const startOperator = async (): Promise<void> => {
    await installObjects(context, cluster);
    if (!isWanted('operator')) return;
    await bus;
    await bringUp(context, table.operator);
  };
  try {
    await Promise.all([
      startOperator(),
      isWanted('process-node') ? startNode(context, cluster, table['process-node']) : undefined,
      ...running.map(({ component, managed }) => context.step(component.name, () => awaitComponent(context, component, managed))),
    ]);
  } finally {
    await cluster.close();
  }
}

async function installObjects(context: ClusterContext, cluster: Cluster): Promise<void> {
  const definitions = join(context.settings.checkoutDir, 'crds', 'generated');
  await context.step('namespaces, accounts, roles and definitions', async () => {
    await Promise.all([
      applyObjects(cluster, [...namespaces(), storageClass()]).then(() =>
        applyObjects(cluster, [readerServiceAccount(), ...operatorRbac(), ...processNodeRbac()]),
      ),
      existsSync(definitions) ? applyDefinitions(cluster, definitions, context.clock) : undefined,
    ]);
  });
}

interface NodeStatus extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Ready by this process's own word, not by what a process before it left in etcd. */
async function startNode(context: ClusterContext, cluster: Cluster, component: Component): Promise<void> {
  const managed = startComponent(context, component);
  const problem = async (): Promise<string | undefined> => {
    try {
      const node = await cluster.get<NodeStatus>(KUBERNETES_TYPES.node, { name: NODE_NAME });
      if (node.metadata.annotations?.[NODE_PROCESS_ANNOTATION] !== containerId(managed.identity)) return 'the node has not registered';
      const ready = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
      return ready ? undefined : 'the node is not Ready';
    } catch (error) {
      if (isNotFound(error)) return 'the node has not registered';
      throw error;
    }
  };
  await context.step(component.name, () => awaitComponent(context, { ...component, problem }, managed));
}

function summary({ cluster, folder }: ClusterContext): readonly string[] {
  const { ports } = cluster;
  const kubeconfig = folder.kubeconfigFile;
  return [
    '',
    `  Kubernetes API  https://127.0.0.1:${ports.apiserver}  (kubeconfig ${kubeconfig})`,
    `  NATS            nats://127.0.0.1:${ports.nats}`,
    `  Redis           redis://127.0.0.1:${ports.redis}`,
    `  operator        http://127.0.0.1:${ports.operator}/ready`,
    `  callout         http://127.0.0.1:${ports.callout}/ready  (admits connections to NATS)`,
    `  gateway         http://127.0.0.1:${ports.gateway}  (once a SignalSource exists)`,
    `  running         ${listProcesses(folder.processesDir).length} processes, logs in ${folder.logsDir}`,
    '',
    'Try next:',
    `  export KUBECONFIG=${kubeconfig} PATH=${folder.binDir}:$PATH`,
    '  kubectl create secret generic desk-webhook -n trading --from-literal=secret="$(openssl rand -hex 32)"',
    '  kubectl apply -f examples/01-first-fill/fleet.yaml && kubectl flotilla status',
  ];
}
