/** Compares what the network of a cluster does with what cyclonus' matcher says of the policies in the cluster, between all pods of some namespaces. */
import { judgeTraffic, type NetworkPeer, type TrafficQuestion } from '@flotilla/charts/testing/network-judge.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import type { ClusterCommands } from '../e2e/cluster-commands.ts';
import { knockAll } from './probe-pod.ts';

type Labels = Readonly<Record<string, string>>;

interface Item {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels; readonly deletionTimestamp?: string };
  readonly status?: { readonly podIP?: string; readonly phase?: string };
}

const PORTS = [...Object.values(SERVICE_PORTS), 53, 80, 443, 4222, 6222, 6379, 6443, 8222] as const;
/** Their images have no Node, so the test cannot knock from them. */
const WITHOUT_NODE = ['nats', 'redis'];

export interface NetworkAgreement {
  /** Number of connections that were tried. */
  readonly tried: number;
  /** Connections that pass and are denied, or the reverse. */
  readonly contradictions: readonly string[];
}

/** A pod that calls itself is left out: no policy concerns it. */
export async function networkAgreement(cluster: ClusterCommands, namespaces: readonly string[]): Promise<NetworkAgreement> {
  const list = async (...what: readonly string[]): Promise<readonly Item[]> =>
    (JSON.parse(await cluster.kubectl('get', ...what, '-o', 'json')) as { readonly items: readonly Item[] }).items;
  const perNamespace = async (kind: string): Promise<readonly Item[]> =>
    (await Promise.all(namespaces.map((namespace) => list(kind, '-n', namespace)))).flat();
  const [homes, pods, policies] = await Promise.all([list('namespaces'), perNamespace('pods'), perNamespace('networkpolicies')]);
  const running = pods.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === 'Running');
  const peers = Object.fromEntries(running.map((pod) => [keyOf(pod), peerOf(pod, homes)]));
  const apiServer = await cluster.kubectl(
    'get',
    'endpoints',
    'kubernetes',
    '-n',
    'default',
    '-o',
    'jsonpath={.subsets[0].addresses[0].ip}',
  );
  const everybody: Readonly<Record<string, NetworkPeer>> = { ...peers, 'api-server': { address: apiServer } };
  const callers = running.filter(({ metadata }) => !WITHOUT_NODE.includes(metadata.labels?.['app.kubernetes.io/component'] ?? ''));
  const questions = callers
    .map(keyOf)
    .flatMap((from) =>
      Object.keys(everybody).flatMap((to) =>
        to === from ? [] : PORTS.map((port): TrafficQuestion => ({ from, to, port, protocol: 'TCP' })),
      ),
    );
  const [verdicts = []] = judgeTraffic(everybody, questions, [policies]);
  const answers = (await Promise.all(callers.map((caller) => answersOf(cluster, caller, questions, everybody)))).flat();
  const contradictions = questions.flatMap((question, index) => {
    const answer = answers[index] ?? '';
    const passes = answer !== 'silent';
    const { from, to, port } = question;
    return passes === (verdicts[index] === 'allowed')
      ? []
      : [`${from} → ${to}:${port}: the judge says ${verdicts[index]}, the network ${answer}`];
  });
  return { tried: questions.length, contradictions };
}

function answersOf(
  cluster: ClusterCommands,
  caller: Item,
  questions: readonly TrafficQuestion[],
  peers: Readonly<Record<string, NetworkPeer>>,
): Promise<readonly string[]> {
  const { name, namespace = '' } = caller.metadata;
  const asked = questions.filter(({ from }) => from === keyOf(caller));
  return knockAll(
    cluster,
    [name, '-n', namespace],
    asked.map(({ to, port }) => ({ host: peers[to]?.address ?? '', port })),
  );
}

function keyOf({ metadata: { name, namespace = '' } }: Item): string {
  return `${namespace}/${name}`;
}

function peerOf({ metadata: { namespace = '', labels = {} }, status }: Item, homes: readonly Item[]): NetworkPeer {
  const home = homes.find(({ metadata }) => metadata.name === namespace);
  return { address: status?.podIP ?? '', namespace, labels, namespaceLabels: home?.metadata.labels ?? {} };
}
