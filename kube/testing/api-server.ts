/** A real etcd and kube-apiserver for integration tests: free loopback ports, data in temporary folders, one admin token. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { findBinary } from '@flotilla/runtime/testing/find-binary.ts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import { type ServerProcess, startServerProcess } from '@flotilla/runtime/testing/server-process.ts';
import { connectCluster } from '../cluster/connect-cluster.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';

export interface TestApiServer {
  /** Opens another connection with each call. `stop` closes them all. */
  connect(userAgent?: string): Cluster;
  readonly kubeconfigPath: string;
  /** Where the API server answers. */
  readonly port: number;
  readonly token: string;
  /** The kube-apiserver alone, to kill, pause and restart it. etcd goes on. */
  readonly process: ServerProcess;
  readonly etcd: ServerProcess;
  /** The certificate authority of the kube-apiserver's certificate, PEM. */
  readonly ca: Buffer;
  /** Restarts the kube-apiserver and waits until it serves. */
  restart(): Promise<void>;
  /** Restarts the kube-apiserver with another certificate and another admin token. Connections that were opened before cannot be used any more. */
  rotate(): Promise<{ readonly token: string; readonly ca: Buffer }>;
  stop(): Promise<void>;
}

export interface TestApiServerOptions {
  /** A second server over the same data, with credentials of its own; default: an etcd of its own. */
  readonly etcd?: ServerProcess;
  readonly apiserverArgs?: readonly string[];
}

const READY_MS_MAX = 60_000;

export async function startTestApiServer(options: TestApiServerOptions = {}): Promise<TestApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-api-server-'));
  const token = randomUUID();
  const etcd = options.etcd ?? (await startEtcd());
  const process = await startServerProcess({
    name: 'kube-apiserver',
    command: findBinary('kube-apiserver'),
    configure: (port) => [...apiserverArguments(port, etcd.port, folder, token), ...(options.apiserverArgs ?? [])],
  });
  const kubeconfigPath = join(folder, 'kubeconfig.yaml');
  await eventually('the API server wrote its certificate', () => readFileSync(join(folder, 'apiserver.crt')).length > 0, READY_MS_MAX);
  const ca = readFileSync(join(folder, 'apiserver.crt'));
  writeFileSync(kubeconfigPath, kubeconfig(process.port, ca, token));

  const clusters: Cluster[] = [];
  const connect = (userAgent = 'kernel-test'): Cluster => {
    const cluster = connectCluster({ from: { kubeconfigPath }, clock: systemClock, userAgent });
    clusters.push(cluster);
    return cluster;
  };
  const admin = connect();
  const ready = async (): Promise<void> => {
    await eventually(
      'the API server is ready',
      async () => {
        await admin.raw({ method: 'GET', path: '/api/v1/namespaces/default', timeoutMs: 2_000 });
        return true;
      },
      READY_MS_MAX,
    );
  };
  await ready();

  return {
    connect,
    kubeconfigPath,
    ca,
    async rotate() {
      const next = randomUUID();
      writeTokens(folder, next);
      for (const file of ['apiserver.crt', 'apiserver.key']) rmSync(join(folder, file));
      await process.restart();
      const nextCa = await eventually(
        'the API server wrote its certificate',
        () => readFileSync(join(folder, 'apiserver.crt')),
        READY_MS_MAX,
      );
      return { token: next, ca: nextCa };
    },
    port: process.port,
    token,
    process,
    etcd,
    async restart() {
      await process.restart();
      await ready();
    },
    async stop() {
      await Promise.all(clusters.map((cluster) => cluster.close()));
      // Without etcd kube-apiserver does not end on SIGTERM, so it is stopped first, and by SIGKILL.
      await process.kill();
      await process.stop();
      if (options.etcd === undefined) {
        await etcd.kill();
        await etcd.stop();
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until a custom resource definition is served. */
export async function applyDefinition(cluster: Cluster, definition: Parameters<Cluster['apply']>[1]): Promise<void> {
  await cluster.apply(KUBERNETES_TYPES.customResourceDefinition, definition, { fieldManager: 'test' });
  const spec = definition['spec'] as {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: { readonly name: string }[];
  };
  const path = `/apis/${spec.group}/${spec.versions[0]?.name}/${spec.names.plural}`;
  await eventually(
    `${definition.metadata.name} is served`,
    async () => {
      await cluster.raw({ method: 'GET', path });
      return true;
    },
    READY_MS_MAX,
  );
}

async function startEtcd(): Promise<ServerProcess> {
  const peerPort = await freePort();
  return startServerProcess({
    name: 'etcd',
    command: findBinary('etcd'),
    configure: (port, folder) => [
      `--data-dir=${join(folder, 'data')}`,
      `--listen-client-urls=http://127.0.0.1:${port}`,
      `--advertise-client-urls=http://127.0.0.1:${port}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
      '--unsafe-no-fsync',
      '--log-level=error',
    ],
  });
}

function apiserverArguments(port: number, etcdPort: number, folder: string, token: string): readonly string[] {
  const keyFile = join(folder, 'service-account.key');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(keyFile, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  const tokenFile = writeTokens(folder, token);
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${folder}`,
    `--token-auth-file=${tokenFile}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${keyFile}`,
    `--service-account-signing-key-file=${keyFile}`,
    '--service-cluster-ip-range=10.97.0.0/16',
    '--endpoint-reconciler-type=none',
    '--disable-admission-plugins=ServiceAccount',
  ];
}

function writeTokens(folder: string, token: string): string {
  const path = join(folder, 'tokens.csv');
  writeFileSync(path, `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  return path;
}

function kubeconfig(port: number, ca: Buffer, token: string): string {
  return `apiVersion: v1
kind: Config
current-context: test
contexts: [{ name: test, context: { cluster: test, user: admin, namespace: default } }]
clusters: [{ name: test, cluster: { server: "https://127.0.0.1:${port}", certificate-authority-data: ${ca.toString('base64')} } }]
users: [{ name: admin, user: { token: "${token}" } }]
`;
}
