/**
 * Shows that conditions hold the words of a real gateway and of a real agent: API server, bus, store and operator run, and both workers are
 * processes made of the Deployments that the operator wrote.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AgentStatus, agentStatusSchema } from '@flotilla/contracts/control/exec-status.ts';
import { GATEWAY_NAME, type GatewayStatus, gatewayStatusSchema } from '@flotilla/contracts/control/gateway-status.ts';
import { CREDENTIAL_KEYS, GATEWAY_STORE_SECRET } from '@flotilla/contracts/access/credential-secrets.ts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { Condition } from '@flotilla/contracts/resources/fields.ts';
import type { SignalSourceStatus } from '@flotilla/contracts/resources/signal-source.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { makeObject, portfolio, riskPolicy } from '@flotilla/operator/testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '@flotilla/operator/testing/operator-fixture.ts';
import { openBucket } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type RedisServer, startRedis } from '@flotilla/runtime/testing/redis.ts';
import { renderStoreUsers, TEST_GATEWAY_LOGIN } from '@flotilla/runtime/testing/store-users.ts';
import { type PodProcess, startPodProcess } from './pod-process.ts';

const DESK_SECRET = 'desk-webhook';
const desk = makeObject('SignalSource', 'desk', {
  scheme: 'Hmac',
  venue: 'desk',
  instruments: ['BTC-USD'],
  secretRef: { name: DESK_SECRET },
});
const tape = makeObject('SignalSource', 'tape', {
  scheme: 'Replay',
  venue: 'tape',
  instruments: ['BTC-USD'],
  replay: { datasets: ['no-such-dataset'] },
});
const follower = makeObject('Strategy', 'follower', {
  portfolioRef: { name: 'main' },
  agent: { builtIn: 'Alert' },
  parameters: { source: 'nowhere', quantity: '0.5' },
  instruments: ['BTC-USD'],
  capital: { maxNotional: '100000' },
});

let redis: RedisServer;
let operator: OperatorFixture;
let gateway: PodProcess;
const pods: PodProcess[] = [];

before(async () => {
  redis = await startRedis({ configText: renderStoreUsers() });
  operator = await startOperatorFixture({ settings: { redisUrl: redis.url } });
  const { user, password } = TEST_GATEWAY_LOGIN;
  await writeSecret(GATEWAY_STORE_SECRET, { [CREDENTIAL_KEYS.user]: user, [CREDENTIAL_KEYS.password]: password });
  // An editor leaves a line break in a file that looks empty. The operator sees a value, and the gateway sees that no secret is left.
  await writeSecret(DESK_SECRET, { secret: '\n' });
  for (const object of [desk, tape, riskPolicy, portfolio, follower]) await operator.apply(object);
});
after(async () => {
  await Promise.all(pods.map((pod) => pod.stop()));
  await operator.stop();
  await redis.stop();
});

async function writeSecret(name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
  const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'trading' }, stringData };
  await operator.cluster.apply(KUBERNETES_TYPES.secret, manifest, { fieldManager: 'user' });
}

/** @param principal whose claims the pod shows: no callout runs here that would give them for a token */
async function startPod(deployment: string, principal: Principal, change?: Readonly<Record<string, string>>): Promise<PodProcess> {
  await operator.settleDeployment(deployment);
  const credsFile = await operator.nats.identity.credsFile(principal, operator.nats.folder);
  const pod = await startPodProcess(operator.cluster, deployment, { NATS_TOKEN_FILE: '', NATS_CREDS_FILE: credsFile, ...change });
  pods.push(pod);
  await pod.ready();
  return pod;
}

function agent(strategy: string): Principal {
  return { role: 'SignalAgent', portfolio: 'main', strategy };
}

/** The newest report of a worker, from the bus. */
async function report<T>(key: string, schema: { parse(value: unknown): T }): Promise<T> {
  return eventually(`a report ${key}`, async () => {
    const entry = await openBucket(operator.bus, 'STATUS').get(key);
    return entry && schema.parse(JSON.parse(Buffer.from(entry.value).toString('utf8')));
  });
}

/** Why a Strategy is not Ready. */
async function strategyMessage(name: string, reason: string): Promise<string> {
  const { status, message } = await operator.reason(KINDS.strategy, name, 'Ready', reason);
  assert.equal(status, 'False');
  return message;
}

/** Plays the kubelet of the gateway, whose Deployment and files follow every change of a source, until the source is ready for this reason. */
async function settledReason(source: string, gateway: PodProcess, reason: string): Promise<Condition> {
  return eventually(`SignalSource ${source} has Ready for ${reason}`, async () => {
    await operator.settleDeployment(GATEWAY_NAME);
    await gateway.refreshFiles();
    const object = await operator.find<ResourceObject<unknown, SignalSourceStatus>>(KINDS.signalSource, source);
    const ready = object?.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.reason === reason) return ready;
    throw new Error(`found ${ready?.reason ?? 'no condition'}: ${ready?.message ?? ''}`);
  });
}

async function gatewayProblem(source: string): Promise<{ readonly reason: string; readonly message: string } | undefined> {
  const { sources } = await report<GatewayStatus>(keys.gatewayStatus(GATEWAY_NAME), gatewayStatusSchema);
  return sources.find(({ name }) => name === source)?.problem;
}

test('SignalSource: a Secret without content is named in the words of the gateway, and the words go when the Secret is good', async () => {
  const normaliser = await operator.nats.identity.credsFile({ role: 'Normaliser' }, operator.nats.folder);
  const change = { NATS_NORMALISER_TOKEN_FILE: '', NATS_NORMALISER_CREDS_FILE: normaliser };
  gateway = await startPod(GATEWAY_NAME, { role: 'Gateway' }, change);
  const { status, message } = await settledReason('desk', gateway, 'SecretEmpty');
  assert.deepEqual([status, message], ['False', 'expected a secret of at least 16 bytes, found an empty one']);
  assert.deepEqual(await gatewayProblem('desk'), { reason: 'SecretEmpty', message }, 'the gateway reports the same');

  await writeSecret(DESK_SECRET, { secret: 'a secret of tests, long enough' });
  const ready = await settledReason('desk', gateway, 'Listening');
  assert.equal(ready.status, 'True');
  assert.equal(await gatewayProblem('desk'), undefined);
});

test('SignalSource: a dataset that does not exist is named in the words of the gateway', async () => {
  const { status, message } = await settledReason('tape', gateway, 'DatasetUnusable');
  assert.equal(status, 'False');
  assert.match(message, /no-such-dataset/);
  assert.deepEqual(await gatewayProblem('tape'), { reason: 'DatasetUnusable', message }, 'the gateway reports the same');
});

test('Strategy: a source that does not exist is named by the operator, because the agent cannot see sources', async () => {
  await startPod('follower-agent', agent('follower'));
  await operator.reportExec('main');
  const message = await strategyMessage('follower', 'SignalSourceNotFound');
  assert.match(message, /no SignalSource nowhere/);
  const reported = await report<AgentStatus>(keys.agentStatus('main', 'follower'), agentStatusSchema);
  assert.deepEqual([reported.problem, reported.firstSignalAt], [undefined, undefined]);
});

test('Strategy: the operator refuses a quantity off the lot before an agent runs', async () => {
  const coarse = makeObject('Strategy', 'coarse', {
    ...(follower.spec as object),
    parameters: { quantity: '0.000000001' },
  });
  await operator.apply(coarse);
  const message = await strategyMessage('coarse', 'ParametersInvalid');
  assert.match(message, /^spec\.parameters\.quantity, for BTC-USD: /);
  assert.equal(await operator.find(KUBERNETES_TYPES.deployment, 'coarse-agent'), undefined);
});

test('Strategy: a quantity off the lot that only the agent sees is named in the words of the agent', async () => {
  const whole = makeObject('Strategy', 'whole', { ...(follower.spec as object), parameters: { quantity: '0.5' } });
  await operator.apply(whole);
  // As with an agent of another version, whose operator did not compare quantity and lot.
  const instruments = JSON.stringify([{ symbol: 'BTC-USD', tickSize: '0.01', lotSize: '1' }]);
  await startPod('whole-agent', agent('whole'), { FLOTILLA_INSTRUMENTS: instruments });
  await operator.reportExec('main');
  const message = await strategyMessage('whole', 'QuantityOffLot');
  assert.match(message, /^spec\.parameters\.quantity does not fit BTC-USD: /);
  const trading = await operator.reason(KINDS.strategy, 'whole', 'Trading', 'QuantityOffLot');
  assert.deepEqual([trading.status, trading.message], ['False', message]);
  const reported = await report<AgentStatus>(keys.agentStatus('main', 'whole'), agentStatusSchema);
  assert.deepEqual(reported.problem, { reason: 'QuantityOffLot', message }, 'the agent reports the same');
});
