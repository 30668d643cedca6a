import { isIP } from 'node:net';
import type { KubeManifest, OwnerReference } from '@flotilla/kube/mod.ts';
import { type Belonging, labelsOf, selectorOf } from './labels.ts';

export interface NetworkPolicyInput {
  readonly belonging: Belonging;
  readonly namespace: string;
  readonly owner: OwnerReference | undefined;
  /** Addresses that it may open connections to, as URLs; DNS always. */
  readonly reaches: readonly (string | undefined)[];
  /** Port that anybody may call; undefined: nobody but the kubelet's probes and pods of namespaces labelled for monitoring. */
  readonly openPort?: number;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'nats:': 4222, 'tls:': 4222, 'redis:': 6379, 'rediss:': 6379, 'http:': 80 };
const DNS_PORTS = [
  { protocol: 'UDP', port: 53 },
  { protocol: 'TCP', port: 53 },
] as const;
const MONITORING = [{ namespaceSelector: { matchLabels: { 'flotilla.dev/monitoring': 'true' } } }] as const;

/** Denies everything but what the service needs. */
export function networkPolicyManifest(input: NetworkPolicyInput): KubeManifest {
  const { belonging, namespace, owner, openPort } = input;
  const callers = openPort === undefined ? [{ from: MONITORING }] : [{ ports: [{ protocol: 'TCP', port: openPort }] }];
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
      ingress: callers,
      egress: [...input.reaches.filter((url) => url !== undefined).map(egressTo), { ports: DNS_PORTS }],
    },
  };
}

function egressTo(url: string): Readonly<Record<string, unknown>> {
  const { hostname, port, protocol } = new URL(url);
  const peer = peerOf(hostname.replace(/^\[|\]$/g, ''));
  const ports = [{ protocol: 'TCP', port: port === '' ? (DEFAULT_PORTS[protocol] ?? 443) : Number(port) }];
  return peer === undefined ? { ports } : { to: [peer], ports };
}

/**
 * An address is that address alone; the name of a Service leads to pods of its namespace. Any other name may lead anywhere, because a policy
 * knows no names: undefined.
 */
function peerOf(host: string): Readonly<Record<string, unknown>> | undefined {
  const version = isIP(host);
  if (version !== 0) return { ipBlock: { cidr: `${host}/${version === 6 ? 128 : 32}` } };
  const [, serviceNamespace, type] = host.split('.');
  if (serviceNamespace === undefined) return { podSelector: {} };
  return type === 'svc' ? { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': serviceNamespace } } } : undefined;
}
