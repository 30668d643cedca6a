/** The NetworkPolicy of one workload: denies every connection that the workload does not need. For the plans of all kinds. Pure. */
import { isIP } from 'node:net';
import type { KubeManifest, OwnerReference } from '@flotilla/kube/mod.ts';
import { type Belonging, labelsOf, selectorOf } from './labels.ts';
import { DEFAULT_NETWORK_REACH, type NetworkReach, type PolicyPeer } from './network-reach.ts';

export interface NetworkPolicyInput {
  readonly belonging: Belonging;
  readonly namespace: string;
  readonly owner: OwnerReference | undefined;
  /** Servers that the workload opens connections to, as URLs. DNS is always allowed. */
  readonly reaches: readonly (string | undefined)[];
  /** Hosts outside that the workload may reach beside them. Default: none. */
  readonly hosts?: readonly { readonly cidr: string; readonly ports: readonly number[] }[];
  /** Port with health and metrics. Pods of namespaces with the label `flotilla.dev/monitoring: "true"` may call it, and the kubelet. */
  readonly healthPort: number;
  /** Port that every address may call, for webhooks. Default: none. */
  readonly publicPort?: number;
  /** Default: {@link DEFAULT_NETWORK_REACH}. */
  readonly network?: NetworkReach | undefined;
}

type Rule = Readonly<Record<string, unknown>>;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'nats:': 4222, 'tls:': 4222, 'redis:': 6379, 'rediss:': 6379, 'http:': 80 };
/** Without link-local addresses and the metadata service of a cloud, which gives its callers the credentials of the node. */
const EVERY_ADDRESS: readonly PolicyPeer[] = [
  { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } },
  { ipBlock: { cidr: '::/0', except: ['fe80::/10', 'fd00:ec2::254/128'] } },
];
const MONITORING = [{ namespaceSelector: { matchLabels: { 'flotilla.dev/monitoring': 'true' } } }] as const;

export function networkPolicyManifest(input: NetworkPolicyInput): KubeManifest {
  const { belonging, namespace, owner, hosts = [], healthPort, publicPort, network = DEFAULT_NETWORK_REACH } = input;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: belonging.instance,
      namespace,
      labels: labelsOf(belonging),
      ...(owner === undefined ? {} : { ownerReferences: [owner] }),
    },
    spec: {
      podSelector: { matchLabels: selectorOf(belonging) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: MONITORING, ports: [tcp(healthPort)] }, ...(publicPort === undefined ? [] : [{ ports: [tcp(publicPort)] }])],
      egress: [
        ...input.reaches.filter((url) => url !== undefined).map((url) => egressTo(url, network)),
        ...hosts.map(({ cidr, ports }): Rule => ({ to: [{ ipBlock: { cidr } }], ports: ports.map(tcp) })),
        egressToDns(network),
      ],
    },
  };
}

function tcp(port: number): Rule {
  return { protocol: 'TCP', port };
}

function egressToDns({ dns }: NetworkReach): Rule {
  return { to: dns.to, ports: dns.ports.flatMap((port) => [{ protocol: 'UDP', port }, tcp(port)]) };
}

function egressTo(url: string, network: NetworkReach): Rule {
  const { hostname } = new URL(url);
  return { to: peersOf(hostname.replace(/^\[|\]$/g, ''), network), ports: [tcp(portOfUrl(url))] };
}

/** The port that a client of the URL connects to. */
export function portOfUrl(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (DEFAULT_PORTS[protocol] ?? 443) : Number(port);
}

/**
 * Peers for a host: those that the installation names for the host. Otherwise an address gives that address alone, and the name of a Service
 * gives the pods of its namespace. Every other name gives the external ranges of the installation, because a NetworkPolicy knows no host
 * names; without ranges it gives {@link EVERY_ADDRESS}.
 */
function peersOf(host: string, { externalCidrs, hostPeers }: NetworkReach): readonly PolicyPeer[] {
  const named = Object.hasOwn(hostPeers, host) ? hostPeers[host] : undefined;
  if (named !== undefined) return named;
  const version = isIP(host);
  if (version !== 0) return [{ ipBlock: { cidr: `${host}/${version === 6 ? 128 : 32}` } }];
  const [, serviceNamespace, type] = host.split('.');
  if (serviceNamespace === undefined) return [{ podSelector: {} }];
  if (type === 'svc') return [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': serviceNamespace } } }];
  return externalCidrs.length === 0 ? EVERY_ADDRESS : externalCidrs.map((cidr) => ({ ipBlock: { cidr } }));
}
