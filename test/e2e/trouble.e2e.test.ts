/** Faults and the messages about them: wrong resources, missing parts, and each dependency stopped and started while a fleet trades. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { createWebhookSecret } from './cluster-commands.ts';
import { type LocalCluster, startLocalCluster } from './local-cluster.ts';

let cluster: LocalCluster;

before(async () => {
  cluster = await startLocalCluster(1);
});
after(() => cluster.stop());

const strategy = (name: string, spec: string): string => `
apiVersion: flotilla.dev/v1alpha1
kind: Strategy
metadata: { name: ${name}, namespace: trading }
spec: ${spec}
`;
const spec = (changes: Readonly<Record<string, string>>): string => {
  const fields: Record<string, string> = {
    portfolioRef: '{ name: main }',
    agent: '{ builtIn: Alert }',
    parameters: '{ quantity: "1", source: desk }',
    instruments: '[BTC-USD]',
    capital: '{ maxNotional: "5000" }',
    ...changes,
  };
  return `{ ${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')} }`;
};

for (const [reason, manifest, words] of [
  ['a field is unknown', strategy('bad', spec({ capitol: '1' })), /unknown field "spec\.capitol"/],
  ['the capital is negative', strategy('bad', spec({ capital: '{ maxNotional: "-5" }' })), /spec\.capital\.maxNotional/],
  ['the capital has 17 digits', strategy('bad', spec({ capital: '{ maxNotional: "12345678901234567" }' })), /spec\.capital\.maxNotional/],
  ['there is no instrument', strategy('bad', spec({ instruments: '[]' })), /spec\.instruments/],
  ['the state is unknown', strategy('bad', spec({ desiredState: 'Sleeping' })), /desiredState/],
] as const) {
  test(`kubectl apply: is refused with the field's name, when ${reason}`, async () => {
    const { status, stderr } = await cluster.tryApply(manifest);
    assert.notEqual(status, 0);
    assert.match(stderr, words);
  });
}

for (const [reason, name, changes, words] of [
  ['the agent is unknown', 'unknown-agent', { agent: '{ builtIn: Crystalball }' }, /Crystalball/],
  ['a parameter is bad', 'bad-parameter', { parameters: '{ quantity: "1", minimumStrength: 7 }' }, /minimumStrength/],
  ['an instrument is unknown', 'bad-instrument', { instruments: '[TULIP-NLG]' }, /TULIP-NLG/],
] as const) {
  test(`Strategy: names the problem in its condition, when ${reason}`, async () => {
    await cluster.kubectl('apply', '-f', 'examples/01-first-fill/fleet.yaml');
    const { status, stderr } = await cluster.tryApply(strategy(name, spec(changes)));
    assert.equal(status, 0, stderr);
    const condition = await cluster.condition('strategy', name, 'Ready', 'False');
    const stalled = await cluster.condition('strategy', name, 'Stalled', 'True');
    assert.match(`${condition.message} ${stalled.message}`, words);
    await cluster.kubectl('delete', 'strategy', name, '-n', 'trading', '--timeout=60s');
  });
}

test('Strategy: waits for its Portfolio, and recovers when the Portfolio appears', async () => {
  assert.equal((await cluster.tryApply(strategy('early', spec({ portfolioRef: '{ name: later }' })))).status, 0);
  const waiting = await cluster.condition('strategy', 'early', 'Ready', 'False');
  assert.match(waiting.message, /later/);
  const portfolio = `
apiVersion: flotilla.dev/v1alpha1
kind: Portfolio
metadata: { name: later, namespace: trading }
spec:
  baseCurrency: USD
  venue: { type: Paper, paper: { startingCash: "1000", takerFeeBps: 5 } }
  riskPolicyRef: { name: conservative }
`;
  assert.equal((await cluster.tryApply(portfolio)).status, 0);
  await cluster.condition('strategy', 'early', 'Ready', 'True');
  await cluster.kubectl('delete', 'strategy/early', 'portfolio/later', '-n', 'trading', '--timeout=60s');
});

const fillCount = async (): Promise<number> => {
  const { status, stdout } = await cluster.flotilla('fills', '--limit', '0', '--output', 'json');
  return status === 0 ? (JSON.parse(stdout) as unknown[]).length : -1;
};
const send = (signal: string) =>
  cluster.flotilla('send', '--source', 'desk', '--instrument', 'BTC-USD', '--price', '611.9', '--signal', signal, '--strength', '1');
const marketMoves = async (): Promise<void> => {
  const { status, stderr } = await cluster.flotilla(
    'replay',
    'btcusd-1s-2016-10-07',
    '--source',
    'btc-replay',
    '--speed',
    '0',
    '--rows',
    '300',
  );
  assert.equal(status, 0, stderr);
};

for (const component of ['nats-server', 'redis-server', 'kube-apiserver'] as const) {
  test(`fleet: goes on trading, when ${component} was stopped and started`, async () => {
    if ((await cluster.get('secret', 'desk-webhook')) === undefined) await createWebhookSecret(cluster, 'desk-webhook');
    await cluster.condition('portfolio', 'main', 'Ready', 'True');
    await cluster.condition('strategy', 'desk-alerts', 'Ready', 'True');
    await cluster.condition('signalsource', 'desk', 'Ready', 'True');
    const before = await fillCount();
    await cluster.local('stop', component);
    if (component !== 'kube-apiserver') {
      const refused = await send('BUY');
      assert.notEqual(refused.status, 0, 'a webhook is not taken while it could be lost');
    }
    await cluster.local('up');
    await eventually(
      'an alert becomes a fill again',
      async () => {
        await send('BUY');
        await marketMoves();
        await send('SELL');
        await marketMoves();
        return (await fillCount()) > before;
      },
      120_000,
    );
    await cluster.condition('portfolio', 'main', 'Ready', 'True');
  });
}
