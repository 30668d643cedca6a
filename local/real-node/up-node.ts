/**
 * Starts the real node: a control plane of its own, containerd, kubelet, kube-proxy and the services beside them. `make node-up` uses
 * it.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { connectCluster, isNotFound, type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { NODE_BINARIES } from '../binaries/catalogue.ts';
import { ensurePackagedPrograms } from '../binaries/debian-packages.ts';
import { ensureBinaries } from '../binaries/ensure-binaries.ts';
import { applyObjects } from '../cluster/apply-objects.ts';
import { ensureServiceAccountKeys } from '../identities/credentials.ts';
import { linkPrograms } from '../files/link-programs.ts';
import { withFileLock } from '../processes/file-lock.ts';
import { logTail } from '../processes/log-tail.ts';
import { isAlive } from '../processes/process-identity.ts';
import { findRunning, type ManagedProcess, startProcess } from '../processes/process-table.ts';
import { tryProgram } from '../processes/run-program.ts';
import { formatSeconds } from '../print/progress.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { readIfThere, writePrivateFile } from '../files/write-private-file.ts';
import { downNode } from './down-node.ts';
import { ensurePauseImage } from './images/pause-image.ts';
import { writeNodeConfigFiles } from './node-config-files.ts';
import type { NodeContext, NodeProgramPaths } from './node-context.ts';
import { type NodeLayout, REAL_NODE_NAME } from './node-layout.ts';
import { ensureNodeNetwork, inNodeNetwork } from './node-network.ts';
import { nodeObjects } from './node-objects.ts';
import { nodeObstacles } from './node-obstacles.ts';
import { NODE_PACKAGES } from './node-packages.ts';
import { NODE_PROCESS_NAMES, type NodeProcessName, nodePrograms } from './node-programs.ts';
import { NODE_USER_NAMES, type NodeTokens } from './node-users.ts';

const READY_MS_MAX = 60_000;
const TOKEN_BYTES = 24;
const TAIL_LINES = 5;

/**
 * Starts the real node, unless it runs.
 *
 * @throws FlotillaError TOOL_MISSING that says what this machine lacks, CLUSTER_UNAVAILABLE with the end of a log.
 */
export async function upNode(context: NodeContext): Promise<void> {
  const { layout, settings, clock, log } = context;
  const obstacles = nodeObstacles(layout, settings.pathDirs);
  if (obstacles.length > 0) throw new FlotillaError('TOOL_MISSING', `no real node on this machine: ${obstacles.join('; ')}`);
  const startedMs = clock.monotonicMs();
  const wait = (): void => log('  another command works on the node, waiting');
  await withFileLock(layout.lockFile, wait, async () => {
    const programs = await ensureNodePrograms(context);
    if (NODE_PROCESS_NAMES.every((name) => findRunning(layout.processesDir, name) !== undefined)) return log('the node runs already');
    await downNode(context, programs);
    await start(context, programs);
    log(`the node is up after ${formatSeconds(clock.monotonicMs() - startedMs)}`);
  });
}

export async function ensureNodePrograms({ settings, clock, log, env }: NodeContext): Promise<NodeProgramPaths> {
  const { pathDirs, cacheDir } = settings;
  return {
    binaries: await ensureBinaries(NODE_BINARIES, { settings, clock, log, env }),
    packages: await ensurePackagedPrograms(NODE_PACKAGES, { pathDirs, cacheDir, clock, log, env }),
  };
}

async function start(context: NodeContext, programs: NodeProgramPaths): Promise<void> {
  const { layout, settings, clock, step, nodeBinary } = context;
  const { binaries, packages } = programs;
  for (const folder of [layout.volumesDir, layout.certificatesDir, layout.runDir]) mkdirSync(folder, { recursive: true, mode: 0o711 });
  linkPrograms(layout.pluginsDir, { ptp: binaries.ptp, 'host-local': binaries['host-local'], loopback: binaries.loopback });
  writeNodeConfigFiles(layout, ensureTokens(context));
  const keys = ensureServiceAccountKeys(layout);
  const commands = nodePrograms({ layout, keys, binaries, packages, nodeBinary, checkoutDir: settings.checkoutDir });
  await ensureNodeNetwork(packages);
  const launch = (name: NodeProcessName): ManagedProcess => {
    const [command = '', ...args] = inNodeNetwork(packages.nsenter, commands[name]);
    const env = { ...settings.childEnvironment, FLOTILLA_REAL_NODE_CONFIG: join(layout.configDir, 'node-services.json') };
    const logFile = join(layout.logsDir, `${name}.log`);
    return startProcess(layout.processesDir, { name, command, args, env, cwd: layout.root, logFile }, clock);
  };
  const ready = (managed: ManagedProcess, problem: () => Promise<string | undefined>): Promise<void> =>
    waitUntil({
      clock,
      what: managed.name,
      timeoutMs: READY_MS_MAX,
      problem,
      hopeless: () =>
        isAlive(managed.identity) ? undefined : `ended; the end of ${managed.logFile}:\n${logTail(managed.logFile, TAIL_LINES)}`,
    });
  const containerd = launch('containerd');
  launch('etcd');
  const apiserver = launch('kube-apiserver');
  const kubectl = (...args: readonly string[]) => tryProgram([binaries.kubectl, `--kubeconfig=${layout.kubeconfigFile}`, ...args]);
  await Promise.all([
    step('API server', () => ready(apiserver, async () => said(await kubectl('get', '--raw', '/readyz')))),
    step('containerd', () =>
      ready(containerd, async () => said(await tryProgram([packages.ctr, `--address=${layout.containerdSocket}`, 'version']))).then(() =>
        ensurePauseImage(context, programs),
      ),
    ),
  ]);
  const cluster = connectCluster({ from: { kubeconfigPath: layout.kubeconfigFile }, clock, userAgent: 'flotilla-local' });
  try {
    await applyObjects(cluster, nodeObjects());
    for (const name of ['kube-controller-manager', 'kube-scheduler', 'node-services', 'cluster-dns', 'kube-proxy'] as const) launch(name);
    const kubelet = launch('kubelet');
    await step('kubelet', () => ready(kubelet, async () => nodeProblem(await findNode(cluster))));
  } finally {
    await cluster.close();
  }
}

function ensureTokens({ layout, rng }: NodeContext): NodeTokens {
  const known = JSON.parse(readIfThere(layout.tokensFile) ?? '{}') as Partial<NodeTokens>;
  const newToken = (): string => Buffer.from(rng.bytes(TOKEN_BYTES)).toString('base64url');
  const tokens = Object.fromEntries(NODE_USER_NAMES.map((user) => [user, known[user] ?? newToken()])) as NodeTokens;
  writePrivateFile(layout.tokensFile, `${JSON.stringify(tokens, undefined, 1)}\n`);
  return tokens;
}

interface NodeStatus extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[] };
}

async function findNode(cluster: Pick<ReturnType<typeof connectCluster>, 'get'>): Promise<NodeStatus | undefined> {
  try {
    return await cluster.get<NodeStatus>(KUBERNETES_TYPES.node, { name: REAL_NODE_NAME });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function nodeProblem(node: NodeStatus | undefined): string | undefined {
  if (node === undefined) return 'the node has not registered';
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' ? undefined : (ready?.message ?? 'the node is not Ready');
}

function said({ code, stderr }: { readonly code: number | null; readonly stderr: string }): string | undefined {
  return code === 0 ? undefined : stderr.trim() || `ended with ${code}`;
}

export function nodeRuns(layout: NodeLayout): boolean {
  return NODE_PROCESS_NAMES.every((name) => findRunning(layout.processesDir, name) !== undefined);
}
