/** The first-fill story on a whole cluster: apply, trade, halt, release, delete. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CREDENTIAL_KEYS } from '@flotilla/contracts/access/credential-secrets.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';
import { createWebhookSecret } from './cluster-commands.ts';
import { type LocalCluster, startLocalCluster } from './local-cluster.ts';
import { filePlaces, findSecrets, secretTexts } from './secret-scan.ts';

const FLEET = 'examples/01-first-fill/fleet.yaml';
const KILL_SWITCH = 'examples/01-first-fill/kill-switch.yaml';
let cluster: LocalCluster;

before(async () => {
  cluster = await startLocalCluster(0);
});
after(() => cluster.stop());

const sendAlert = (signal: string, instrument = 'BTC-USD') =>
  cluster.flotilla('send', '--source', 'desk', '--instrument', instrument, '--price', '611.9', '--signal', signal, '--strength', '0.8');

async function fills(): Promise<readonly { readonly strategy: string; readonly id: string }[]> {
  const { status, stdout, stderr } = await cluster.flotilla('fills', '--limit', '0', '--output', 'json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as { strategy: string; id: string }[];
}

test('kubectl apply: makes a fleet that is Ready, when every part is there', async () => {
  await createWebhookSecret(cluster, 'desk-webhook');
  await cluster.kubectl('apply', '-f', FLEET);
  for (const [kind, name] of [
    ['riskpolicy', 'conservative'],
    ['portfolio', 'main'],
    ['strategy', 'btc-momentum'],
    ['strategy', 'desk-alerts'],
    ['signalsource', 'desk'],
    ['signalsource', 'btc-replay'],
  ] as const) {
    await cluster.condition(kind, name, 'Ready', 'True');
  }
});

interface PodList {
  readonly items: readonly { readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string } }[];
}

test('kubectl apply: changes nothing, when the same manifests come again', async () => {
  const children = () =>
    cluster.kubectl('get', 'deployments,configmaps,services', '-n', 'trading', '-o', 'jsonpath={.items[*].metadata.generation}');
  // A gateway that a newer one replaced still drains; its pod ends by itself.
  const pods = async (): Promise<readonly string[]> => {
    const { items } = JSON.parse(await cluster.kubectl('get', 'pods', '-n', 'trading', '-o', 'json')) as PodList;
    return items.flatMap(({ metadata }) => (metadata.deletionTimestamp === undefined ? [metadata.uid] : [])).toSorted();
  };
  const before = [await children(), await pods()];
  for (let count = 0; count < 5; count += 1) await cluster.kubectl('apply', '-f', FLEET);
  assert.deepEqual([await children(), await pods()], before);
});

test('kubectl explain: reads as documentation', async () => {
  const text = await cluster.kubectl('explain', 'strategy.spec');
  for (const field of ['agent', 'capital', 'instruments', 'parameters', 'portfolioRef'])
    assert.match(text, new RegExp(`${field}\\s+<[^>]+> -required-|${field}\\s+<`));
  assert.doesNotMatch(text, /<no description>/i);
});

test('replay and webhooks: end in fills of both strategies', async () => {
  const replayed = await cluster.flotilla('replay', 'btcusd-1s-2016-10-07', '--source', 'btc-replay', '--speed', '0', '--rows', '400');
  assert.equal(replayed.status, 0, replayed.stderr);
  const sent = await sendAlert('BUY');
  assert.equal(sent.status, 0, sent.stderr);
  const more = cluster.flotilla('replay', 'btcusd-1s-2016-10-07', '--source', 'btc-replay', '--speed', '3000', '--rows', '600');
  await eventually(
    'both strategies have fills',
    async () => {
      const names = new Set((await fills()).map(({ strategy }) => strategy));
      return names.has('btc-momentum') && names.has('desk-alerts');
    },
    60_000,
  );
  assert.equal((await more).status, 0);
});

test('flotilla positions: shows the positions that follow from the fills', async () => {
  const { status, stdout } = await cluster.flotilla('positions', '--output', 'json');
  assert.equal(status, 0);
  assert.match(stdout, /BTC-USD/);
  const table = await cluster.flotilla('positions');
  assert.match(table.stdout, /BTC-USD/);
});

test('KillSwitch: refuses every later order, cancels resting orders, stops the agents, and shows the times', async () => {
  await cluster.kubectl('apply', '-f', KILL_SWITCH);
  const status = await eventually(
    'the kill switch is engaged',
    async () => {
      const found = await cluster.get<{ status?: KillSwitchStatus }>('killswitch', 'stop-main');
      return found?.status?.state === 'Engaged' && found.status;
    },
    60_000,
  );
  const [portfolio] = status.portfolios ?? [];
  assert.ok(portfolio !== undefined);
  assert.ok(portfolio.gateClosedAt !== undefined && portfolio.observedAt !== undefined && portfolio.gateClosedAt >= portfolio.observedAt);
  assert.ok(portfolio.zeroOpenOrdersVerifiedAt !== undefined);
  assert.ok(portfolio.agentsScaledToZeroAt !== undefined);
  assert.ok(portfolio.lastAcceptedAt === undefined || portfolio.lastAcceptedAt <= portfolio.gateClosedAt);
  const before = (await fills()).length;
  assert.equal((await sendAlert('SELL')).status, 0, 'signals still come in');
  assert.equal(await cluster.kubectl('get', 'deployment', 'desk-alerts-agent', '-n', 'trading', '-o', 'jsonpath={.spec.replicas}'), '0');
  assert.equal((await fills()).length, before);
});

test('KillSwitch: cannot be undone by starting an agent by hand, when it is engaged', async () => {
  await cluster.kubectl('scale', 'deployment', 'desk-alerts-agent', '-n', 'trading', '--replicas', '1');
  await eventually(
    'the operator scales it back',
    async () =>
      (await cluster.kubectl('get', 'deployment', 'desk-alerts-agent', '-n', 'trading', '-o', 'jsonpath={.spec.replicas}')) === '0',
    30_000,
  );
});

test('KillSwitch: releases, when it is deleted after the halt is complete', async () => {
  await cluster.kubectl('delete', '-f', KILL_SWITCH, '--timeout=60s');
  await cluster.condition('strategy', 'desk-alerts', 'Ready', 'True');
  await eventually(
    'the portfolio trades again',
    async () => {
      const portfolio = await cluster.get<{ status?: { tradingState?: string } }>('portfolio', 'main');
      return portfolio?.status?.tradingState === 'ACTIVE';
    },
    30_000,
  );
});

test('audit: verifies offline, and fails to verify, when one byte is changed', async () => {
  const { stdout } = await cluster.flotilla('status', '--output', 'json');
  const folder = (JSON.parse(stdout) as { audit?: { folder?: string } }).audit?.folder;
  assert.ok(folder !== undefined, `expected the audit folder in ${stdout}`);
  const good = await cluster.flotilla('audit', 'verify', folder);
  assert.equal(good.status, 0, good.stderr + good.stdout);
  const copy = join(cluster.stateDir, 'audit-copy');
  cpSync(folder, copy, { recursive: true });
  const segment = join(copy, readdirSync(copy).find((name) => name.startsWith('segment-')) ?? 'none');
  const bytes = readFileSync(segment);
  bytes[200] = (bytes[200] ?? 0) ^ 1;
  writeFileSync(segment, bytes);
  const bad = await cluster.flotilla('audit', 'verify', copy);
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /line 1\b/);
});

test('secrets: none stands in a log, a stream, the audit log, an event, a status or another object, after a whole run', async () => {
  const secrets = new Map([...(await clusterSecrets()), ...keysOfInstallation()]);
  assert.ok(secrets.size > 12, `expected the secrets of a whole installation, found ${secrets.size}`);
  const kinds = 'events,pods,deployments,configmaps,serviceaccounts,strategies,portfolios,riskpolicies,signalsources,killswitches';
  const places = [
    ...filePlaces(cluster.stateDir, 'logs'),
    ...filePlaces(cluster.stateDir, 'data/nats'),
    ...filePlaces(cluster.stateDir, 'data/nats-accounts'),
    ...filePlaces(cluster.stateDir, 'volumes', [/^volumes\/[^/]*flotilla-audit-key/]),
    { name: 'objects', content: Buffer.from(await cluster.kubectl('get', kinds, '--all-namespaces', '-o', 'json')) },
    { name: 'flotilla status', content: Buffer.from((await cluster.flotilla('status', '--output', 'json')).stdout) },
  ];
  assert.ok(places.some(({ name }) => name.endsWith('.blk')) && places.some(({ name }) => name.includes('segment-')));
  assert.deepEqual(findSecrets(places, secrets), []);
});

/** By name and key. The name of a user is not a secret. */
async function clusterSecrets(): Promise<ReadonlyMap<string, Buffer>> {
  const { items } = JSON.parse(await cluster.kubectl('get', 'secrets', '--all-namespaces', '-o', 'json')) as {
    readonly items: readonly { readonly metadata: { readonly name: string }; readonly data?: Readonly<Record<string, string>> }[];
  };
  return new Map(
    items.flatMap(({ metadata, data = {} }) =>
      Object.entries(data).flatMap(([key, value]) =>
        key === CREDENTIAL_KEYS.user ? [] : [[`${metadata.name}/${key}`, Buffer.from(value, 'base64')] as const],
      ),
    ),
  );
}

/** The secret texts in the files that hold the keys of this installation. */
function keysOfInstallation(): ReadonlyMap<string, Buffer> {
  const files = ['credentials.json', 'config/operator-bus-identity.json', 'config/callout-bus-identity.json'];
  return new Map(files.flatMap((file) => [...secretTexts(JSON.parse(readFileSync(join(cluster.stateDir, file), 'utf8')), file)]));
}

test('kubectl delete: leaves nothing behind', async () => {
  await cluster.kubectl('delete', '-f', FLEET, '--timeout=90s');
  await eventually(
    'only what make up made is left',
    async () => {
      const left = await cluster.kubectl(
        'get',
        'deployments,pods,serviceaccounts,networkpolicies,configmaps',
        '-n',
        'trading',
        '-o',
        'name',
      );
      const ours = left
        .split('\n')
        .filter((name) => name !== '' && !/serviceaccount\/(default|flotilla-reader)|kube-root-ca/.test(name) && !/audit/.test(name));
      return ours.length === 0;
    },
    90_000,
  );
});
