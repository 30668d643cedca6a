/** Command lines of the Kubernetes control plane. Everything listens on 127.0.0.1 only. */
import { join } from 'node:path';
import type { ServiceAccountKeyFiles } from '../identities/credentials.ts';
import { NODE_PORTS_AFTER_GATEWAY, type PortTable } from '../addresses/ports.ts';
import type { StateFolder } from '../files/state-folder.ts';

const LOOPBACK = '127.0.0.1';
/** No address of it is reachable: there is no kube-proxy. Pods are reached at their own address or by NodePort. */
const SERVICE_RANGE = '10.96.0.0/16';

export function etcdArgs(ports: PortTable, folder: StateFolder): readonly string[] {
  const clients = `http://${LOOPBACK}:${ports.etcd}`;
  const peers = `http://${LOOPBACK}:${ports.etcdPeer}`;
  return [
    `--name=local`,
    `--data-dir=${join(folder.dataDir, 'etcd')}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=local=${peers}`,
    // Manifests are in Git, and trades are in NATS, which syncs every write.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export function certificateAuthorityFile(folder: StateFolder): string {
  return join(folder.certificatesDir, 'apiserver.crt');
}

export function apiserverArgs(ports: PortTable, folder: StateFolder, keys: ServiceAccountKeyFiles): readonly string[] {
  return [
    `--etcd-servers=http://${LOOPBACK}:${ports.etcd}`,
    `--bind-address=${LOOPBACK}`,
    `--advertise-address=${LOOPBACK}`,
    `--secure-port=${ports.apiserver}`,
    `--cert-dir=${folder.certificatesDir}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    `--service-node-port-range=${ports.gateway}-${ports.gateway + NODE_PORTS_AFTER_GATEWAY}`,
    `--token-auth-file=${join(folder.configDir, 'tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${keys.publicKey}`,
    `--service-account-signing-key-file=${keys.privateKey}`,
    '--allow-privileged=true',
    // The reconciler would write a loopback address as an endpoint every ten seconds, and validation refuses such an address.
    '--endpoint-reconciler-type=none',
    '--profiling=false',
  ];
}

/** The API server refuses Endpoints with loopback addresses, so the controllers that would write them are off. */
const CONTROLLERS_OFF = [
  'endpoints-controller',
  'endpointslice-controller',
  'endpointslice-mirroring-controller',
  'horizontal-pod-autoscaler-controller',
];

export function controllerManagerArgs(
  ports: PortTable,
  folder: StateFolder,
  keys: ServiceAccountKeyFiles,
  kubeconfigFile: string,
  nodeGraceSeconds: number | undefined,
): readonly string[] {
  return [
    `--kubeconfig=${kubeconfigFile}`,
    `--bind-address=${LOOPBACK}`,
    `--secure-port=${ports.controllerManager}`,
    ...(nodeGraceSeconds === undefined ? [] : [`--node-monitor-grace-period=${nodeGraceSeconds}s`, '--node-monitor-period=1s']),
    `--service-account-private-key-file=${keys.privateKey}`,
    `--root-ca-file=${certificateAuthorityFile(folder)}`,
    '--use-service-account-credentials',
    '--leader-elect=false',
    `--controllers=*,${CONTROLLERS_OFF.map((name) => `-${name}`).join(',')}`,
    '--terminated-pod-gc-threshold=100',
    '--kube-api-qps=100',
    '--kube-api-burst=200',
    '--profiling=false',
  ];
}

export function schedulerArgs(ports: PortTable, kubeconfigFile: string): readonly string[] {
  return [
    `--kubeconfig=${kubeconfigFile}`,
    `--bind-address=${LOOPBACK}`,
    `--secure-port=${ports.scheduler}`,
    '--leader-elect=false',
    '--profiling=false',
  ];
}
