/** Every pod and every NetworkPolicy of an installation with a small fleet, and the peers around it, for the tests of networks. */
import type { Intent } from '@flotilla/kube/mod.ts';
import { planAuditWriter } from '@flotilla/operator/audit-writer/plan.ts';
import { resolvePortfolio, resolveStrategy } from '@flotilla/operator/fleet/resolve-strategy.ts';
import { planExecWorkload } from '@flotilla/operator/portfolio/plan.ts';
import { planGateway } from '@flotilla/operator/signal-source/plan.ts';
import { planStrategy } from '@flotilla/operator/strategy/plan.ts';
import { findPolicy, makeObject, portfolio, strategy, withSpec } from '@flotilla/operator/testing/objects.ts';
import type { WorkloadSettings } from '@flotilla/operator/workload/settings.ts';
import type { NetworkPeer } from './network-judge.ts';
import { operatorSettingsOf } from './operator-settings.ts';
import { type ChartCase, renderObjects, type RenderedObject } from './render-chart.ts';

type Labels = Readonly<Record<string, string>>;

interface Rule {
  readonly from?: readonly unknown[];
  readonly to?: readonly unknown[];
  readonly ports?: readonly unknown[];
}

export interface NetworkPolicy {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly podSelector: { readonly matchLabels?: Labels };
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

export interface NetworkWorld {
  /** Pods of Flotilla, by the name of their workload. */
  readonly own: Readonly<Record<string, NetworkPeer>>;
  readonly foreign: Readonly<Record<string, NetworkPeer>>;
  readonly policies: readonly NetworkPolicy[];
}

/** Two portfolios, and three strategies: two in one portfolio, one in the other. */
const FLEET = {
  portfolios: ['main', 'second'].map((name) => makeObject('Portfolio', name, portfolio.spec)),
  strategies: [
    ['btc', 'main'],
    ['eth', 'main'],
    ['sol', 'second'],
  ].map(([name = '', of]) =>
    withSpec(makeObject('Strategy', name, strategy.spec), {
      portfolioRef: { name: of },
      ...(name === 'sol' ? { agentRoleRef: { name: 'sponsored' } } : {}),
    }),
  ),
} as const;

/** Addresses outside of the cluster. */
const OUTSIDE = {
  outside: '192.0.2.9',
  /** The one host of the AgentRole of `sol`. */
  sponsor: '192.0.2.77',
  metadata: '169.254.169.254',
  'api-server': '172.18.0.2',
  /** The API server of the case `full`. */
  'api-server-of-desk': '10.0.0.1',
  /** NodeLocal DNSCache of the case `full`. */
  'local-dns': '169.254.20.10',
  /** In the external ranges of the case `full`. */
  collector: '198.51.100.7',
  /** In the external ranges of the case `external`. */
  'foreign-bus': '203.0.113.10',
  'foreign-store': '203.0.113.20',
} as const;

const sponsored = makeObject('AgentRole', 'sponsored', {
  hosts: [{ cidr: `${OUTSIDE.sponsor}/32`, ports: [443], purpose: 'prices of the sponsor' }],
});

/** The label under which a policy finds a pod of Flotilla that has no policy of its own yet. */
const NEWCOMER: Labels = { 'app.kubernetes.io/part-of': 'flotilla' };

export async function networkWorld(chartCase: ChartCase): Promise<NetworkWorld> {
  const objects = await renderObjects(chartCase);
  const settings = operatorSettingsOf(objects);
  const all = [...objects, ...manifestsOf(fleetIntents(settings))];
  const policies = all.filter(({ kind }) => kind === 'NetworkPolicy') as unknown as readonly NetworkPolicy[];
  const { namespace } = settings;
  const own = all.flatMap((object): readonly (readonly [string, Labels])[] => {
    const { template } = (object['spec'] ?? {}) as { readonly template?: { readonly metadata: { readonly labels: Labels } } };
    return template === undefined ? [] : [[object.metadata.name, template.metadata.labels]];
  });
  const pods = [...own, ['newcomer', NEWCOMER] as const].map(([name, labels], index) => [
    name,
    pod(`10.244.0.${index + 1}`, namespace, labels),
  ]);
  const agent = own.find(([name]) => name === 'btc-agent')?.[1] ?? {};
  return { own: Object.fromEntries(pods) as NetworkWorld['own'], foreign: foreignPeers(namespace, agent), policies };
}

function fleetIntents(settings: WorkloadSettings): readonly Intent[] {
  const { portfolios, strategies } = FLEET;
  const agents = strategies.flatMap((one) => {
    const { portfolioRef } = one.spec as { readonly portfolioRef: { readonly name: string } };
    const of = portfolios.find(({ metadata }) => metadata.name === portfolioRef.name);
    const resolved = resolveStrategy(one, of === undefined ? undefined : resolvePortfolio(of, findPolicy), findPolicy, () => sponsored);
    if (!resolved.ok) throw new Error(`the strategy ${one.metadata.name}: expected one that can trade, found ${JSON.stringify(resolved)}`);
    return planStrategy({ strategy: one, resolved, stoppedBy: [], deployment: undefined, mayLackKey: false }, settings);
  });
  const execs = portfolios.flatMap((one) => planExecWorkload(one, settings));
  return [...execs, ...agents, ...planGateway([], settings), ...planAuditWriter(settings)];
}

function manifestsOf(intents: readonly Intent[]): readonly RenderedObject[] {
  return intents.flatMap((intent) => ('manifest' in intent ? [intent.manifest] : []));
}

/** @param agent labels of an agent, for a pod that carries them in another namespace */
function foreignPeers(namespace: string, agent: Labels): NetworkWorld['foreign'] {
  return {
    neighbour: pod('10.244.1.1', namespace, { app: 'wiki' }),
    research: pod('10.244.1.2', namespace, { app: 'research' }),
    stranger: pod('10.244.1.3', 'default', {}),
    pretender: pod('10.244.1.4', 'default', agent),
    'pretended-dns': pod('10.244.1.5', 'default', { 'k8s-app': 'kube-dns' }),
    dns: pod('10.244.1.6', 'kube-system', { 'k8s-app': 'kube-dns' }),
    'system-pod': pod('10.244.1.7', 'kube-system', { 'k8s-app': 'proxy' }),
    prometheus: pod('10.244.1.8', 'monitoring', { app: 'prometheus' }, { 'flotilla.dev/monitoring': 'true' }),
    ...Object.fromEntries(Object.entries(OUTSIDE).map(([name, address]) => [name, { address }])),
  };
}

function pod(address: string, namespace: string, labels: Labels, namespaceLabels: Labels = {}): NetworkPeer {
  return { address, namespace, labels, namespaceLabels: { 'kubernetes.io/metadata.name': namespace, ...namespaceLabels } };
}
