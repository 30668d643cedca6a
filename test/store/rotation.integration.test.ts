/**
 * The passwords of the store are rotated under 200 webhooks a second, on a real Redis and a real nats-server. No sender repeats a request, so one that is
 * lost shows, and the stream shows one that is doubled. The test plays the kubelet, which brings the changed Secret to the gateway's folder.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CREDENTIAL_KEYS } from '@flotilla/contracts/access/credential-secrets.ts';
import { gatewayStoreUser, STORE_OPERATOR_USER } from '@flotilla/contracts/access/store-users.ts';
import { type GatewayWorld, type RunningGateway, SECRET, startWorld, timestampNow } from '@flotilla/gateway/testing/gateway-world.ts';
import { post } from '@flotilla/gateway/testing/post.ts';
import { signedHeaders } from '@flotilla/gateway/testing/sign-request.ts';
import type { Cluster, KubeManifest } from '@flotilla/kube/mod.ts';
import { openStoreAdmin } from '@flotilla/runtime/redis-store-admin.ts';
import { startStore } from '@flotilla/operator/store/start-store.ts';
import type { StoreAdmin } from '@flotilla/runtime/store-admin.ts';
import type { StoreLoop } from '@flotilla/operator/store/store-loop.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';

const PER_SECOND = 200;
const SENDERS = 20;
const NAMES = { before: gatewayStoreUser('trading', 1).name, after: gatewayStoreUser('trading', 2).name };
/** Two looks of the operator, and the gateway's look at its folder. */
const ROTATION_MS_MAX = 90_000;

let world: GatewayWorld;
let admin: StoreAdmin;
let gateway: RunningGateway;

before(async () => {
  world = await startWorld();
  admin = await openStoreAdmin({ url: world.redis.url, user: STORE_OPERATOR_USER, password: STORE_OPERATOR_USER, logger: testLogger() });
});
after(async () => {
  await world.stop();
  admin.close();
});

test('a rotation at 200 webhooks a second: each is answered 202 and stored once, on the same connection, and the old user is gone', async () => {
  const drifts: string[] = [];
  let loop = keepUsers(1, drifts);
  await eventually('the first user is set', async () => (await users()).includes(NAMES.before));
  gateway = await world.startGateway();
  await eventually('the gateway is connected', async () => (await admin.connectedUsers()).includes(NAMES.before));
  drifts.length = 0;
  const sending = new AbortController();
  const accepted = new Set<string>();
  const refused: string[] = [];
  const senders = Array.from({ length: SENDERS }, (_, sender) => sendUntil(sending.signal, sender, accepted, refused));
  await eventually('webhooks flow', () => accepted.size > PER_SECOND);

  await loop.stop();
  loop = keepUsers(2, drifts);
  await eventually('both users are there', async () => (await users()).includes(NAMES.after));
  assert.ok((await users()).includes(NAMES.before));
  await eventually('the gateway uses the new user', async () => (await admin.connectedUsers()).includes(NAMES.after), ROTATION_MS_MAX);
  await eventually('the old user is gone', async () => !(await users()).includes(NAMES.before), ROTATION_MS_MAX);
  const target = accepted.size + PER_SECOND;
  await eventually('webhooks flow on', () => accepted.size >= target, 20_000);
  sending.abort();
  await Promise.all(senders);
  await loop.stop();

  assert.deepEqual(refused, []);
  const raw = await world.events('signals.raw', 'SIGNALS', 'signals.raw.*');
  const nonces = raw.map(({ nonce }) => nonce);
  assert.equal(new Set(nonces).size, nonces.length, 'no signal is doubled');
  assert.deepEqual(new Set(nonces), accepted);
  assert.deepEqual(drifts, []);
  console.log(`${accepted.size} webhooks during the rotation, ${refused.length} refused`);
});

function keepUsers(epoch: number, drifts: string[]): StoreLoop {
  const cluster: Pick<Cluster, 'apply'> = {
    apply(_type, manifest) {
      const data = (manifest as KubeManifest & { readonly data: Readonly<Record<string, string>> }).data;
      const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString();
      world.writeStoreLogin({ user: text(CREDENTIAL_KEYS.user), password: text(CREDENTIAL_KEYS.password) });
      return Promise.resolve(manifest as never);
    },
  };
  return startStore({
    admin,
    password: STORE_OPERATOR_USER,
    epoch,
    namespaces: () => ['trading'],
    fence: () => undefined,
    cluster,
    accesses: { take: () => undefined },
    tellDrift: ({ name, found }) => drifts.push(`${name}: ${found}`),
    tellLeak: (_namespace, leaks) => Promise.resolve(void drifts.push(...leaks)),
    noteLeaks: () => undefined,
    count: () => undefined,
    clock: systemClock,
    rng: systemRng,
    logger: testLogger(),
  });
}

async function sendUntil(signal: AbortSignal, sender: number, accepted: Set<string>, refused: string[]): Promise<void> {
  for (let count = 0; !signal.aborted; count += 1) {
    const nonce = `rotation-${sender}-${count}`;
    const body = '{"instrument":"BTC-USD","price":611.87,"signal":"BUY","strength":1}';
    const [{ status }] = await Promise.all([
      post(`${gateway.url}/webhook/alerts`, signedHeaders({ timestamp: timestampNow(), nonce, body, secret: SECRET }), body),
      systemClock.sleep((1_000 * SENDERS) / PER_SECOND),
    ]);
    if (status === 202) accepted.add(nonce);
    else refused.push(`${nonce}: ${status}`);
  }
}

async function users(): Promise<readonly string[]> {
  return (await admin.users()).map((line) => line.split(' ')[1] ?? '');
}
