/**
 * The operator of this version beside a gateway of the version before ADR 0114, which normalises over its one connection: the account of that gateway
 * keeps its rights until no such pod runs. Real API server and nats-server.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { admissionEntry, admissionRecordSchema } from '@flotilla/contracts/access/admission-record.ts';
import { NORMALISER_TOKEN_AUDIENCE } from '@flotilla/contracts/access/bus-token.ts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { APART_ANNOTATION } from '@flotilla/operator/fleet/normaliser-apart.ts';
import { type OperatorFixture, startOperatorFixture } from '@flotilla/operator/testing/operator-fixture.ts';
import type { DeploymentObject } from '@flotilla/operator/workload/deployment-state.ts';
import { openBucket } from '@flotilla/runtime';
import { enterAccount } from '@flotilla/runtime/testing/enter-account.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { replay } from './settled-fleet.ts';

const NORMALIZED = 'signals.normalized.v.BTC-USD';
const LOGIN = 'NATS_NORMALISER_TOKEN_FILE';

let fixture: OperatorFixture;
before(async () => {
  fixture = await startOperatorFixture();
  await fixture.apply(replay);
  await fixture.settleDeployment(GATEWAY_NAME);
});
after(() => fixture.stop());

/** The stream that stores what a pod of the principal publishes on the subject. */
async function storedIn(principal: Principal, subject: string): Promise<string> {
  const pod = await eventually('the account is open', () => enterAccount(fixture.nats, principal).catch(() => undefined));
  try {
    const answer = await pod.request(subject, 'a signal', { timeout: 5_000 });
    return answer.json<{ readonly stream: string }>().stream;
  } finally {
    await pod.close();
  }
}

async function isStoredIn(principal: Principal, subject: string, stream: string): Promise<void> {
  await eventually(`${subject} of the ${principal.role} lands in ${stream}`, async () => {
    const found = await storedIn(principal, subject).catch((error: unknown) => String(error));
    if (found !== stream) throw new Error(`found ${found}`);
    return true;
  });
}

const gateway = () => fixture.find<DeploymentObject>(KUBERNETES_TYPES.deployment, GATEWAY_NAME);
const isMarked = async (): Promise<boolean> => (await gateway())?.metadata.annotations?.[APART_ANNOTATION] === 'true';
const variablesOf = (deployment: DeploymentObject | undefined) => deployment?.spec?.template?.spec?.containers?.[0]?.env ?? [];

test('a new installation: the account of the gateway has no right to normalized signals from the first moment', async () => {
  assert.equal(await isMarked(), true);
  await isStoredIn({ role: 'Gateway' }, 'signals.raw.v', 'SIGNALS');
  await isStoredIn({ role: 'Gateway' }, NORMALIZED, 'QUARANTINE');
  await isStoredIn({ role: 'Normaliser' }, NORMALIZED, 'SIGNALS');
});

test('the record of the gateway is as an operator of the version before writes it, and the normaliser has a record of its own', async () => {
  const bucket = openBucket(fixture.bus, 'PRINCIPALS');
  const read = async (audience?: string) => {
    const entry = await bucket.get(keys.admission('trading', admissionEntry(GATEWAY_NAME, audience)));
    return admissionRecordSchema.parse(JSON.parse(Buffer.from(entry?.value ?? []).toString('utf8')));
  };
  const [own, second] = [await read(), await read(NORMALISER_TOKEN_AUDIENCE)];
  assert.deepEqual([own.principal, own.audience, own.closed], ['gateway', undefined, false]);
  assert.deepEqual([second.principal, second.audience, second.closed], ['normaliser', NORMALISER_TOKEN_AUDIENCE, false]);
  assert.notEqual(own.account, second.account);
});

test('an upgrade: the account of the gateway keeps its rights until the last pod without a login of the normaliser has ended', async () => {
  await fixture.stopOperator();
  await makeOld();
  await fixture.restartOperator();
  await eventually('the operator asks for pods with a login', async () => variablesOf(await gateway()).some(({ name }) => name === LOGIN));
  await isStoredIn({ role: 'Gateway' }, NORMALIZED, 'SIGNALS');
  await isStoredIn({ role: 'Normaliser' }, NORMALIZED, 'SIGNALS');
  assert.equal(await isMarked(), false);

  await fixture.settleDeployment(GATEWAY_NAME);
  await eventually('the Deployment is marked', isMarked);
  await isStoredIn({ role: 'Gateway' }, NORMALIZED, 'QUARANTINE');
  await isStoredIn({ role: 'Gateway' }, 'signals.raw.v', 'SIGNALS');
});

test('a later rollout, and an operator that starts anew in the middle of it, give the account of the gateway no right back', async () => {
  const before = (await gateway())?.metadata.generation;
  await fixture.apply({ ...replay, metadata: { ...replay.metadata, name: 'second' } });
  await eventually('the Deployment changes', async () => (await gateway())?.metadata.generation !== before);
  await fixture.restartOperator();
  assert.equal(await isMarked(), true);
  await isStoredIn({ role: 'Gateway' }, NORMALIZED, 'QUARANTINE');
});

/** Makes the Deployment as an operator of the version before leaves it, with its pod running. */
async function makeOld(): Promise<void> {
  const deployment = await gateway();
  const containers = (deployment?.spec?.template?.spec?.containers ?? []).map((container) => ({
    ...container,
    env: container.env?.filter(({ name }) => name !== LOGIN),
  }));
  await fixture.cluster.patch(
    KUBERNETES_TYPES.deployment,
    { namespace: 'trading', name: GATEWAY_NAME },
    { metadata: { annotations: { [APART_ANNOTATION]: null } }, spec: { template: { spec: { containers } } } },
  );
  await fixture.settleDeployment(GATEWAY_NAME);
  assert.ok(!variablesOf(await gateway()).some(({ name }) => name === LOGIN));
}
