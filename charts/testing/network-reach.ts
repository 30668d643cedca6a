/** What NetworkPolicies together allow, as the specification says it: the union of the policies that select a pod, both sides have to agree. */
import { BlockList } from 'node:net';

export type Labels = Readonly<Record<string, string>>;

export interface Pod {
  readonly namespace: string;
  readonly labels: Labels;
  /** When it is to be matched by address. */
  readonly address?: string;
}

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: 'In' | 'NotIn'; readonly values: readonly string[] }[];
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly protocol?: string; readonly port: number | string }[];
}

export interface Policy {
  readonly metadata: { readonly namespace?: string };
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes: readonly ('Ingress' | 'Egress')[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

/** Labels of a namespace besides its name. */
export type NamespaceLabels = Readonly<Record<string, Labels>>;

export function mayConnect(policies: readonly Policy[], from: Pod, to: Pod, port: number, namespaces: NamespaceLabels = {}): boolean {
  const allows = (pod: Pod, other: Pod, type: 'Ingress' | 'Egress'): boolean => {
    const own = policies.filter(({ metadata, spec }) => metadata.namespace === pod.namespace && matches(spec.podSelector, pod.labels));
    const judging = own.filter(({ spec }) => spec.policyTypes.includes(type));
    if (judging.length === 0) return true;
    return judging.some(({ spec }) =>
      (type === 'Ingress' ? spec.ingress : spec.egress)?.some((rule) => {
        const peers = type === 'Ingress' ? rule.from : rule.to;
        const portMatches = rule.ports === undefined || rule.ports.some((one) => one.protocol !== 'UDP' && one.port === port);
        return portMatches && (peers === undefined || peers.some((peer) => isPeer(peer, pod, other, namespaces)));
      }),
    );
  };
  return allows(from, to, 'Egress') && allows(to, from, 'Ingress');
}

function isPeer(peer: Peer, pod: Pod, other: Pod, namespaces: NamespaceLabels): boolean {
  if (peer.ipBlock !== undefined) return isWithin([peer.ipBlock.cidr], other) && !isWithin(peer.ipBlock.except ?? [], other);
  const labels = { 'kubernetes.io/metadata.name': other.namespace, ...namespaces[other.namespace] };
  const inNamespace = peer.namespaceSelector === undefined ? other.namespace === pod.namespace : matches(peer.namespaceSelector, labels);
  return inNamespace && (peer.podSelector === undefined || matches(peer.podSelector, other.labels));
}

/** IPv4. */
function isWithin(cidrs: readonly string[], { address }: Pod): boolean {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', bits = ''] = cidr.split('/');
    list.addSubnet(network, Number(bits));
  }
  return address !== undefined && list.check(address);
}

function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => values.includes(labels[key] ?? '') === (operator === 'In'))
  );
}
