/** A node is lost with exec on it: exec runs on another node, with the next epoch, within 30 s, and later changes still reach it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from './testing/eventually.ts';
import { type SecondNode, startSecondNode } from './testing/second-node.ts';
import { testCluster } from './testing/start-cluster.ts';

/** From the moment in which Kubernetes takes the node for lost. */
const ELSEWHERE_MS_MAX = 30_000;
const WAIT_MS_MAX = 90_000;
const NAMESPACE = 'trading';
const EXEC_LABEL = 'app.kubernetes.io/component=exec';

interface PodView {
  readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly nodeName?: string };
}

interface NodeView {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const cluster = testCluster({ FLOTILLA_NODE_GRACE_SECONDS: '8' });
let second: SecondNode;

before(async () => {
  const { code, output } = await cluster.local('up');
  assert.equal(code, 0, output);
  second = startSecondNode(cluster.folder, cluster.offset);
  await until('the second node is Ready', async () => isReady(await nodeOf(second.name)));
});
after(() => cluster.dispose());

const riskPolicy = {
  apiVersion: 'flotilla.dev/v1alpha1',
  kind: 'RiskPolicy',
  metadata: { name: 'conservative', namespace: NAMESPACE },
  spec: {
    order: { maxNotional: '50000', priceCollarBps: 100, maxMessagesPerSecond: 20 },
    position: { maxNotional: '200000' },
    portfolio: { maxGrossNotional: '500000', maxLeverage: '2.0', maxDailyLoss: '25000' },
  },
};

/** exec prefers the node that will be lost, by the Portfolio's own pod template. */
function portfolio(labels: Readonly<Record<string, string>>): object {
  const preference = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [second.name] }] };
  const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] };
  return {
    apiVersion: 'flotilla.dev/v1alpha1',
    kind: 'Portfolio',
    metadata: { name: 'main', namespace: NAMESPACE },
    spec: {
      baseCurrency: 'USD',
      venue: { type: 'Paper', paper: { startingCash: '1000000', takerFeeBps: 5, latencyMs: 2 } },
      riskPolicyRef: { name: 'conservative' },
      podTemplate: { affinity: { nodeAffinity }, labels },
    },
  };
}

async function apply(object: object): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(object));
}

async function execPods(): Promise<readonly PodView[]> {
  const text = await cluster.kubectl(['get', 'pods', '-n', NAMESPACE, '-l', EXEC_LABEL, '-o', 'json']);
  return (JSON.parse(text) as { readonly items: readonly PodView[] }).items;
}

async function epoch(): Promise<number> {
  return Number(await cluster.kubectl(['get', 'portfolio', 'main', '-n', NAMESPACE, '-o', 'jsonpath={.status.epoch}']));
}

async function nodeOf(name: string): Promise<NodeView | undefined> {
  const text = await cluster.kubectl(['get', 'nodes', '-o', 'json']);
  return (JSON.parse(text) as { readonly items: readonly NodeView[] }).items.find(({ metadata }) => metadata.name === name);
}

function isReady(node: NodeView | undefined): boolean {
  return node?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

function isLost(node: NodeView | undefined): boolean {
  return node?.spec.taints?.some(({ key, effect }) => key === 'node.kubernetes.io/unreachable' && effect === 'NoExecute') === true;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  await eventually(what, WAIT_MS_MAX, async () => ((await holds()) ? true : undefined));
}

test('exec: starts on the node that the pod template of its Portfolio prefers', async () => {
  await apply(riskPolicy);
  await apply(portfolio({}));
  await until('exec has its first epoch', async () => (await epoch()) === 1);
  const nodes = (await execPods()).map(({ spec }) => spec.nodeName);
  assert.deepEqual(nodes, [second.name]);
});

test('exec: is elsewhere within 30 s, when its node is lost', async (context) => {
  const killedAtMs = performance.now();
  second.lose();
  await until('Kubernetes takes the node for lost', async () => isLost(await nodeOf(second.name)));
  const lostAtMs = performance.now();
  await until('exec has its second epoch', async () => (await epoch()) === 2);
  const elsewhereMs = performance.now() - lostAtMs;
  const detectedMs = lostAtMs - killedAtMs;
  context.diagnostic(`kill to taint ${Math.round(detectedMs)} ms, taint to the next epoch ${Math.round(elsewhereMs)} ms`);
  assert.ok(elsewhereMs < ELSEWHERE_MS_MAX, `${elsewhereMs} ms`);
  const pods = await execPods();
  const stuck = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).map(({ spec }) => spec.nodeName);
  const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ spec }) => spec.nodeName);
  assert.deepEqual({ stuck, alive }, { stuck: [second.name], alive: ['local'] });
});

test('exec: follows a change of its pod template, although its pod on the lost node never ends', async () => {
  await apply(portfolio({ team: 'desk' }));
  await until('exec has its third epoch', async () => (await epoch()) === 3);
  const alive = (await execPods()).filter(({ metadata, spec }) => spec.nodeName === 'local' && metadata.deletionTimestamp === undefined);
  assert.deepEqual(
    alive.map(({ metadata }) => metadata.labels['team']),
    ['desk'],
  );
});
