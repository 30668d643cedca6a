/** Every generated file of the real node; all are functions of layout and tokens. */
import { join } from 'node:path';
import { kubeconfig } from '../cluster/kubeconfig.ts';
import { writePrivateFile } from '../files/write-private-file.ts';
import { APISERVER_PORT, NODE_NETWORK, type NodeLayout, PAUSE_IMAGE } from './node-layout.ts';
import { NODE_USER_NAMES, nodeTokenFile, type NodeTokens, type NodeUser, userKubeconfigFile } from './node-users.ts';

export const CLUSTER_DOMAIN = 'cluster.local';

export function writeNodeConfigFiles(layout: NodeLayout, tokens: NodeTokens): void {
  const config = (name: string): string => join(layout.configDir, name);
  const kubeconfigOf = (user: NodeUser): string =>
    kubeconfig({
      name: 'flotilla-node',
      server: `https://${NODE_NETWORK.nodeAddress}:${APISERVER_PORT}`,
      certificateAuthorityFile: join(layout.certificatesDir, 'apiserver.crt'),
      user,
      token: tokens[user],
      namespace: 'default',
    });
  for (const user of NODE_USER_NAMES) writePrivateFile(userKubeconfigFile(layout, user), kubeconfigOf(user));
  writePrivateFile(layout.kubeconfigFile, kubeconfigOf('admin'));
  writePrivateFile(config('tokens.csv'), nodeTokenFile(tokens));
  writePrivateFile(config('containerd.toml'), containerdConfig(layout));
  writePrivateFile(join(layout.pluginConfigDir, '10-ptp.conflist'), json(networkConfig(layout)));
  writePrivateFile(config('kubelet.json'), json(kubeletConfig(layout)));
  writePrivateFile(config('kube-proxy.json'), json(proxyConfig(layout)));
  writePrivateFile(config('Corefile'), corefile(layout));
  writePrivateFile(config('resolv.conf'), `nameserver ${NODE_NETWORK.nodeAddress}\n`);
  writePrivateFile(
    config('node-services.json'),
    json({ kubeconfigFile: userKubeconfigFile(layout, 'node-services'), volumesDir: layout.volumesDir }),
  );
}

function containerdConfig(layout: NodeLayout): string {
  return `version = 2
root = "${layout.containerdDir}"
state = "${join(layout.runDir, 'containerd')}"
[grpc]
  address = "${layout.containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${layout.pluginsDir}"
    conf_dir = "${layout.pluginConfigDir}"
`;
}

/** No address translation: this machine has a route to the pods, and they have none beyond it. */
function networkConfig(layout: NodeLayout): unknown {
  const ipam = {
    type: 'host-local',
    dataDir: layout.addressesDir,
    ranges: [[{ subnet: NODE_NETWORK.podRange }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  return { cniVersion: '1.0.0', name: 'flotilla', plugins: [{ type: 'ptp', ipMasq: false, ipam }] };
}

function kubeletConfig(layout: NodeLayout): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: NODE_NETWORK.nodeAddress,
    // The address exists on this machine alone, and every pod on it is the developer's own.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    clusterDNS: [NODE_NETWORK.nodeAddress],
    clusterDomain: CLUSTER_DOMAIN,
    containerRuntimeEndpoint: `unix://${layout.containerdSocket}`,
    enforceNodeAllocatable: [],
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    failCgroupV1: false,
    failSwapOn: false,
    // Images are loaded by hand: nothing could bring them back.
    imageGCHighThresholdPercent: 100,
    localStorageCapacityIsolation: false,
    makeIPTablesUtilChains: false,
    resolvConf: join(layout.configDir, 'resolv.conf'),
  };
}

function proxyConfig(layout: NodeLayout): unknown {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig: userKubeconfigFile(layout, 'kube-proxy') },
    clusterCIDR: NODE_NETWORK.podRange,
    // Limits of the whole machine are not ours to set.
    conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}

function corefile(layout: NodeLayout): string {
  return `${CLUSTER_DOMAIN}:53 in-addr.arpa:53 {
  bind ${NODE_NETWORK.nodeAddress}
  errors
  cache 5
  kubernetes ${CLUSTER_DOMAIN} in-addr.arpa {
    kubeconfig ${userKubeconfigFile(layout, 'cluster-dns')}
    pods insecure
  }
}
`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 1)}\n`;
}
