/**
 * NetworkPolicies of networking.k8s.io/v1 as one nftables table. Pure.
 *
 * A policy selects pods. For a selected pod and direction everything is denied but what some policy's rule allows, and a connection needs both
 * the sender's egress and the receiver's ingress. Established connections stay, as with most engines. The node itself may reach every pod
 * (probes); what a pod sends to the node (API server, DNS) is egress. IPv4 only.
 */
import type { KubeObject } from '@flotilla/kube/mod.ts';
import { type NetworkPolicy, type PolicyPeer, type PolicyPod, type PolicyPort, type PolicyRule, selects } from './policy-objects.ts';

export interface PolicyWorld {
  readonly pods: readonly PolicyPod[];
  readonly policies: readonly NetworkPolicy[];
  readonly namespaces: readonly KubeObject[];
}

const DIRECTIONS = [
  { name: 'egress', type: 'Egress', own: 'saddr', other: 'daddr' },
  { name: 'ingress', type: 'Ingress', own: 'daddr', other: 'saddr' },
] as const;
type Direction = (typeof DIRECTIONS)[number];

const TABLE = 'inet flotilla_network_policies';

/** The text for `nft -f -`: replaces the whole table in one step. */
export function policyRuleset(world: PolicyWorld): string {
  const pods = world.pods.flatMap((pod) => {
    const address = podAddress(pod);
    return address === undefined ? [] : [{ pod, address }];
  });
  const sorted = pods.toSorted((one, other) => (one.address < other.address ? -1 : 1));
  const chains: string[] = [];
  const jumps: Record<Direction['name'], string[]> = { egress: [], ingress: [] };
  for (const [index, { pod, address }] of sorted.entries()) {
    for (const direction of DIRECTIONS) {
      const policies = world.policies.filter((policy) => appliesTo(policy, pod, direction));
      if (policies.length === 0) continue;
      const name = `${direction.name}_${index}`;
      const allowed = policies.flatMap((policy) => allowRules(policy, pod, direction, world));
      chains.push(chain(name, [...[...new Set(allowed)].toSorted(), 'counter drop']));
      jumps[direction.name].push(`ip ${direction.own} ${address} jump ${name}`);
    }
  }
  return [
    `table ${TABLE} {}`,
    `delete table ${TABLE}`,
    `table ${TABLE} {`,
    ...chains,
    ...DIRECTIONS.map(({ name }) => chain(name, jumps[name])),
    chain('forward', [
      'type filter hook forward priority 10; policy accept;',
      'ct state established,related accept',
      'jump egress',
      'jump ingress',
    ]),
    chain('input', ['type filter hook input priority 10; policy accept;', 'ct state established,related accept', 'jump egress']),
    '}',
    '',
  ].join('\n');
}

/** Undefined for a pod without an address of its own. */
function podAddress({ spec, status }: PolicyPod): string | undefined {
  const lives = status?.phase === 'Pending' || status?.phase === 'Running';
  return lives && spec?.hostNetwork !== true ? status.podIP : undefined;
}

function appliesTo({ metadata, spec }: NetworkPolicy, pod: PolicyPod, { type }: Direction): boolean {
  const types = spec?.policyTypes ?? ['Ingress', ...(spec?.egress === undefined ? [] : ['Egress'])];
  return types.includes(type) && metadata.namespace === pod.metadata.namespace && selects(spec?.podSelector, pod.metadata.labels);
}

function allowRules(policy: NetworkPolicy, pod: PolicyPod, direction: Direction, world: PolicyWorld): readonly string[] {
  const rules: readonly PolicyRule[] = policy.spec?.[direction.name] ?? [];
  return rules.flatMap((rule) => {
    const peers = direction.name === 'egress' ? rule.to : rule.from;
    const ports = portMatches(rule.ports, direction.name === 'ingress' ? [pod] : world.pods);
    return peerMatches(peers, policy.metadata.namespace, direction, world).flatMap((peer) => ports.map((port) => `${peer}${port}return`));
  });
}

/** One nft match for each block of addresses and one for all selected pods; `['']` matches every peer, `[]` matches none. */
function peerMatches(
  peers: readonly PolicyPeer[] = [],
  namespace: string | undefined,
  { other }: Direction,
  world: PolicyWorld,
): readonly string[] {
  if (peers.length === 0) return [''];
  const blocks = peers.flatMap(({ ipBlock }) => {
    if (ipBlock === undefined || ipBlock.cidr.includes(':')) return [];
    const except = ipBlock.except?.length ? `ip ${other} != { ${ipBlock.except.join(', ')} } ` : '';
    return [`ip ${other} ${ipBlock.cidr} ${except}`];
  });
  const addresses = world.pods
    .filter((pod) => peers.some((peer) => peer.ipBlock === undefined && isPeer(peer, pod, namespace, world)))
    .flatMap((pod) => podAddress(pod) ?? [])
    .toSorted();
  return addresses.length === 0 ? blocks : [...blocks, `ip ${other} { ${[...new Set(addresses)].join(', ')} } `];
}

function isPeer(
  { podSelector, namespaceSelector }: PolicyPeer,
  pod: PolicyPod,
  namespace: string | undefined,
  world: PolicyWorld,
): boolean {
  const home = world.namespaces.find(({ metadata }) => metadata.name === pod.metadata.namespace);
  const inNamespace =
    namespaceSelector === undefined
      ? pod.metadata.namespace === namespace
      : home !== undefined && selects(namespaceSelector, home.metadata.labels);
  return inNamespace && selects(podSelector, pod.metadata.labels);
}

/** nft matches of a rule's ports; a named one is looked up at the pods that are called. */
function portMatches(ports: readonly PolicyPort[] = [], called: readonly PolicyPod[]): readonly string[] {
  if (ports.length === 0) return [''];
  return ports.flatMap(({ protocol = 'TCP', port, endPort }) => {
    const layer = protocol.toLowerCase();
    if (port === undefined) return [`meta l4proto ${layer} `];
    if (typeof port === 'number') return [`${layer} dport ${port}${endPort === undefined ? '' : `-${endPort}`} `];
    const numbers = called
      .flatMap(({ spec }) => spec?.containers ?? [])
      .flatMap((container) => container.ports ?? [])
      .filter(({ name, protocol: spoken = 'TCP' }) => name === port && spoken === protocol)
      .map(({ containerPort }) => containerPort);
    return [...new Set(numbers)].map((number) => `${layer} dport ${number} `);
  });
}

function chain(name: string, lines: readonly string[]): string {
  return [`  chain ${name} {`, ...lines.map((line) => `    ${line}`), '  }'].join('\n');
}
