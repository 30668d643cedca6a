/**
 * Where the real node is on the network and on disk. There is one per machine: it is root's, and two kubelets would take each other's control
 * groups for leftovers.
 */
import { join } from 'node:path';

export const REAL_NODE_NAME = 'node';

/** Everything but containerd runs in a network namespace of its own, so that neither addresses, ports nor firewall rules meet the machine's. */
export const NODE_NETWORK = {
  namespace: 'flotilla-node',
  /** A pair: one end here, one in the namespace. */
  hostDevice: 'flotilla-host',
  nodeDevice: 'flotilla-node',
  /** This machine, as pods see it. */
  hostAddress: '10.245.8.1',
  /** The node: API server, DNS, node ports. */
  nodeAddress: '10.245.8.2',
  prefixBits: 30,
  podRange: '10.244.8.0/24',
  serviceRange: '10.97.0.0/16',
} as const;

export const APISERVER_PORT = 6_443;
export const PAUSE_IMAGE = 'flotilla.dev/pod-pause:1';

export interface NodeLayout {
  readonly root: string;
  readonly lockFile: string;
  readonly tokensFile: string;
  /** The administrator's. */
  readonly kubeconfigFile: string;
  readonly configDir: string;
  readonly certificatesDir: string;
  readonly processesDir: string;
  readonly logsDir: string;
  readonly etcdDir: string;
  readonly kubeletDir: string;
  readonly containerdDir: string;
  readonly volumesDir: string;
  /** Network plugins and their configuration, as containerd looks for them. */
  readonly pluginsDir: string;
  readonly pluginConfigDir: string;
  readonly addressesDir: string;
  /** Sockets and the pods' network namespaces; gone after a reboot. */
  readonly runDir: string;
  readonly containerdSocket: string;
}

const ROOT = '/var/lib/flotilla-node';
const RUN = '/run/flotilla-node';

export function nodeLayout(root: string = ROOT, runDir: string = RUN): NodeLayout {
  return {
    root,
    lockFile: `${root}.lock`,
    tokensFile: join(root, 'tokens.json'),
    kubeconfigFile: join(root, 'kubeconfig'),
    configDir: join(root, 'config'),
    certificatesDir: join(root, 'certificates'),
    processesDir: join(root, 'processes'),
    logsDir: join(root, 'logs'),
    etcdDir: join(root, 'etcd'),
    kubeletDir: join(root, 'kubelet'),
    containerdDir: join(root, 'containerd'),
    volumesDir: join(root, 'volumes'),
    pluginsDir: join(root, 'network-plugins'),
    pluginConfigDir: join(root, 'network'),
    addressesDir: join(root, 'addresses'),
    runDir,
    containerdSocket: join(runDir, 'containerd.sock'),
  };
}
