/** A Strategy changes while it has an open order and a position: the whole system on a local cluster, with a real agent. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { StrategySpec, StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { createWebhookSecret } from './cluster-commands.ts';
import { type LocalCluster, startLocalCluster } from './local-cluster.ts';

const NAME = 'desk-alerts';
const ROLLED_MS_MAX = 90_000;
const FLEET = `
apiVersion: flotilla.dev/v1alpha1
kind: RiskPolicy
metadata: { name: wide, namespace: trading }
spec:
  order: { maxNotional: "5000", priceCollarBps: 100, maxMessagesPerSecond: 20 }
  position: { maxNotional: "10000" }
  portfolio: { maxGrossNotional: "25000", maxDailyLoss: "2500" }
---
apiVersion: flotilla.dev/v1alpha1
kind: Portfolio
metadata: { name: main, namespace: trading }
spec:
  baseCurrency: USD
  venue: { type: Paper, paper: { startingCash: "100000", takerFeeBps: 5 } }
  riskPolicyRef: { name: wide }
---
apiVersion: flotilla.dev/v1alpha1
kind: Strategy
metadata: { name: ${NAME}, namespace: trading }
spec:
  portfolioRef: { name: main }
  agent: { builtIn: Alert }
  parameters: { source: desk, quantity: "2" }
  instruments: [BTC-USD]
  capital: { maxNotional: "5000" }
---
apiVersion: flotilla.dev/v1alpha1
kind: SignalSource
metadata: { name: desk, namespace: trading }
spec: { scheme: Hmac, secretRef: { name: desk-webhook }, venue: desk, instruments: [BTC-USD], rate: { perSecond: 200, burst: 400 } }
---
apiVersion: flotilla.dev/v1alpha1
kind: SignalSource
metadata: { name: btc-replay, namespace: trading }
spec: { scheme: Replay, replay: { datasets: [btcusd-1s-2016-10-07] }, venue: coinbase, instruments: [BTC-USD] }
`;

let cluster: LocalCluster;
before(async () => {
  cluster = await startLocalCluster(5);
  await createWebhookSecret(cluster, 'desk-webhook');
  const { status, stderr } = await cluster.tryApply(FLEET);
  assert.equal(status, 0, stderr);
  await cluster.condition('strategy', NAME, 'Ready', 'True', 'Running');
  for (const source of ['desk', 'btc-replay']) await cluster.condition('signalsource', source, 'Ready', 'True');
});
after(() => cluster.stop());

type Seen = ResourceObject<StrategySpec, StrategyStatus>;
const statusOf = async (): Promise<StrategyStatus> => (await cluster.get<Seen>('strategy', NAME))?.status ?? {};
const marketMoves = async (rows: number): Promise<void> => {
  const { status, stderr } = await cluster.flotilla(
    'replay',
    'btcusd-1s-2016-10-07',
    '--source',
    'btc-replay',
    '--speed',
    '0',
    '--rows',
    String(rows),
  );
  assert.equal(status, 0, stderr);
};
const send = async (signal: string): Promise<void> => {
  const args = ['--source', 'desk', '--instrument', 'BTC-USD', '--price', '611.9', '--signal', signal, '--strength', '1'];
  const { status, stderr } = await cluster.flotilla('send', ...args);
  assert.equal(status, 0, stderr);
};
const held = async (): Promise<string> => {
  const { stdout } = await cluster.flotilla('positions', '--output', 'json');
  const snapshots = JSON.parse(stdout) as readonly {
    readonly positions: readonly { readonly strategy: string; readonly quantity: string }[];
  }[];
  return snapshots.flatMap(({ positions }) => positions).find(({ strategy }) => strategy === NAME)?.quantity ?? '0';
};
const change = (spec: Readonly<Record<string, unknown>>): Promise<string> =>
  cluster.kubectl('patch', 'strategy', NAME, '-n', 'trading', '--type=merge', '-p', JSON.stringify({ spec }));
async function rolled(from: string): Promise<string> {
  return eventually(
    `${NAME} runs another revision than ${from}`,
    async () => {
      const { state, revision, rollout } = await statusOf();
      if (state === 'Running' && rollout === undefined && revision !== undefined && revision !== from) return revision;
      throw new Error(JSON.stringify({ state, revision, rollout }));
    },
    ROLLED_MS_MAX,
  );
}

test('Strategy: reports that it waits for signals, then that it trades', async () => {
  await cluster.condition('strategy', NAME, 'Trading', 'False', 'NoSignalsYet');
  await marketMoves(1);
  await cluster.condition('strategy', NAME, 'Trading', 'True', 'Trading');
  await cluster.condition('portfolio', 'main', 'Trading', 'True', 'Trading');
});

test('Handover: gives a resting order and a position to the next revision, which continues with them', async () => {
  const { revision = '' } = await statusOf();
  await send('BUY');
  // The first recorded second shows 0.60046; the rest waits.
  await eventually('a part of it is filled', async () => (await held()) === '0.60046', ROLLED_MS_MAX);
  await change({ parameters: { source: 'desk', quantity: '3' } });
  await rolled(revision);
  assert.equal(await held(), '0.60046', 'neither closed nor filled');
  await marketMoves(50);
  await eventually('what rested is filled', async () => (await held()) === '2', ROLLED_MS_MAX);
  await send('BUY');
  await eventually(
    'the next revision orders what is missing to its own target',
    async () => {
      await marketMoves(50);
      return (await held()) === '3';
    },
    ROLLED_MS_MAX,
  );
});

test('Flatten: closes all positions at the market before the next revision starts', async () => {
  const { revision = '' } = await statusOf();
  await change({ handover: 'Flatten', parameters: { source: 'desk', quantity: '1' } });
  const rolling = rolled(revision);
  await eventually(
    'exec closes with each market update',
    async () => {
      await marketMoves(50);
      return (await held()) === '0';
    },
    ROLLED_MS_MAX,
  );
  await rolling;
});

test('Paused and Halted: report Ready, when the strategy is paused or halted', async () => {
  await change({ desiredState: 'Paused' });
  await cluster.condition('strategy', NAME, 'Ready', 'True', 'Paused');
  await cluster.condition('strategy', NAME, 'Trading', 'False', 'Paused');
  await change({ desiredState: 'Halted' });
  await cluster.condition('strategy', NAME, 'Ready', 'True', 'Halted');
  assert.notEqual((await statusOf()).halt?.zeroOpenOrdersVerifiedAt, undefined);
  await change({ desiredState: 'Running' });
  await cluster.condition('strategy', NAME, 'Ready', 'True', 'Running');
  const table = await cluster.kubectl('get', 'strategies', '-n', 'trading', '-o', 'wide');
  assert.match(table, /TRADING\s+REVISION/);
});

test('kubectl delete: removes every object, when all are deleted at once', async () => {
  await cluster.kubectl(
    'delete',
    'portfolio/main',
    'riskpolicy/wide',
    `strategy/${NAME}`,
    'signalsource/desk',
    '-n',
    'trading',
    '--timeout=120s',
  );
});
