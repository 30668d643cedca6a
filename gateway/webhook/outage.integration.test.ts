/** Shows that webhooks lose and double nothing while Redis or NATS is away, on real servers. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type GatewayWorld, type RunningGateway, SECRET, startWorld, timestampNow } from '../testing/gateway-world.ts';
import { post } from '../testing/post.ts';
import { signedHeaders } from '../testing/sign-request.ts';

let world: GatewayWorld;
let gateway: RunningGateway;

before(async () => {
  world = await startWorld();
  gateway = await world.startGateway();
});
after(() => world.stop());

function send(nonce: string, price = '611.87', source = 'alerts') {
  const body = `{"instrument":"BTC-USD","price":${price},"signal":"BUY","strength":1}`;
  return post(`${gateway.url}/webhook/${source}`, signedHeaders({ timestamp: timestampNow(), nonce, body, secret: SECRET }), body);
}

/** Every raw signal by nonce; fails when one is there twice. */
async function rawNonces(): Promise<ReadonlySet<string>> {
  const events = await world.events('signals.raw', 'SIGNALS', 'signals.raw.*');
  const nonces = events.map(({ nonce }) => nonce);
  assert.equal(new Set(nonces).size, nonces.length, 'no signal is doubled');
  return new Set(nonces);
}

test('webhook: Redis away means 503 with Retry-After and nothing published; the same request passes when it is back', async () => {
  const nonce = randomUUID();
  await world.redis.kill();
  const answer = await send(nonce);
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.headers['retry-after']) > 0);
  assert.ok(!(await rawNonces()).has(nonce));
  const health = await fetch(`${gateway.healthUrl}/health`);
  assert.deepEqual([health.status, Object.keys(((await health.json()) as { problems: object }).problems)], [503, ['redis']]);
  // A pod that is not ready gets no connections, so its senders would see resets instead of 503.
  for (const path of ['/live', '/ready']) assert.equal((await fetch(`${gateway.healthUrl}${path}`)).status, 200, path);
  await world.redis.restart();
  await eventually('the retry passes', async () => (await send(nonce)).status === 202);
  assert.ok((await rawNonces()).has(nonce));
});

test('webhook: a Redis that hangs means 503 within 3 s', async () => {
  world.redis.pause();
  const startMs = performance.now();
  const answer = await send(randomUUID()).finally(() => world.redis.resume());
  assert.equal(answer.status, 503);
  assert.ok(performance.now() - startMs < 3_000);
  await eventually('it recovers', async () => (await send(randomUUID())).status === 202);
});

test('webhook: NATS away means 503; the retry with the same nonce is neither refused nor doubled', async () => {
  const nonce = randomUUID();
  await world.nats.kill();
  await eventually('the gateway says 503', async () => (await send(nonce)).status === 503);
  assert.equal((await send(nonce)).status, 503);
  // The nonce is claimed now, but for this body only.
  assert.equal((await send(nonce, '700')).status, 401);
  await world.nats.restart();
  await eventually('the retry passes', async () => (await send(nonce)).status === 202);
  assert.equal((await send(nonce)).status, 202);
  assert.ok((await rawNonces()).has(nonce));
});

test('webhook: a NATS that hangs means 503 within 3 s, and the retry makes one signal although the first try was stored', async () => {
  let nonce = '';
  world.nats.pause();
  try {
    // The very first request may still slip through before the process stands.
    const tookMs = await eventually('a request gets 503', async () => {
      nonce = randomUUID();
      const startMs = performance.now();
      const { status } = await send(nonce);
      return status === 503 ? performance.now() - startMs : undefined;
    });
    assert.ok(tookMs < 3_000, `answered after ${tookMs} ms`);
  } finally {
    world.nats.resume();
  }
  await eventually('the first try is stored after all', async () => (await rawNonces()).has(nonce));
  await eventually('the retry passes', async () => (await send(nonce)).status === 202);
  await rawNonces();
});

test('webhook: while the account of the normaliser is closed, signals are stored and health and report say why; they are normalized afterwards', async () => {
  const nonce = randomUUID();
  const stored = async () => (await world.events('signals.raw', 'SIGNALS', 'signals.raw.*')).find((event) => event.nonce === nonce);
  const isNormalized = async (id: string | undefined): Promise<boolean> =>
    (await world.events('signals.normalized', 'SIGNALS', 'signals.normalized.*.*')).some(({ corrId }) => corrId === id);
  const problems = async (): Promise<Readonly<Record<string, string>>> => {
    const health = (await (await fetch(`${gateway.healthUrl}/health`)).json()) as { readonly problems: Readonly<Record<string, string>> };
    return health.problems;
  };
  await world.setNormaliser('Closed');
  await eventually('health tells of the normaliser', async () => Object.keys(await problems()).join() === 'normaliser');
  assert.match((await problems())['normaliser'] ?? '', /./);
  assert.equal((await send(nonce)).status, 202);
  const raw = await stored();
  assert.ok(raw !== undefined, 'the raw signal is stored');
  const problem = await eventually('the report tells of the normaliser', async () => (await world.report())?.normaliserProblem);
  assert.ok(problem.length > 0);
  assert.equal(await isNormalized(raw.id), false);
  for (const path of ['/live', '/ready']) assert.equal((await fetch(`${gateway.healthUrl}${path}`)).status, 200, path);
  await world.setNormaliser('Open');
  await eventually('the signal is normalized', () => isNormalized(raw.id), 30_000);
  await eventually('health is well', async () => Object.keys(await problems()).length === 0);
  await eventually('the report is well', async () => {
    const report = await world.report();
    return report !== undefined && report.normaliserProblem === undefined;
  });
});

test('gateway: takes webhooks when it starts while the account of the normaliser is closed, and normalizes them afterwards', async () => {
  await gateway.stop();
  await world.setNormaliser('Closed');
  gateway = await world.startGateway(503);
  const nonce = randomUUID();
  assert.equal((await send(nonce)).status, 202);
  assert.ok((await rawNonces()).has(nonce));
  await world.setNormaliser('Open');
  await eventually('the gateway is healthy', async () => (await fetch(`${gateway.healthUrl}/health`)).ok, 30_000);
});

test('webhook: NATS killed again and again under load: every 202 is stored, every nonce at most once, and everything comes out normalized', async () => {
  const accepted = new Set<string>();
  const sending = new AbortController();
  const senders = Array.from({ length: 8 }, async (_, sender) => {
    for (let count = 0; !sending.signal.aborted; count += 1) {
      const nonce = `load-${sender}-${count}`;
      // A sender retries what it does not know to be accepted.
      for (let tries = 0; tries < 1_000; tries += 1) {
        const { status } = await send(nonce);
        if (status === 202) accepted.add(nonce);
        if (status === 202 || sending.signal.aborted) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  });
  for (let kills = 0; kills < 3; kills += 1) {
    const target = accepted.size + 100;
    await eventually('signals flow', () => accepted.size >= target, 20_000);
    await world.nats.kill();
    await world.nats.restart();
  }
  const target = accepted.size + 100;
  await eventually('signals flow again', () => accepted.size >= target, 20_000);
  sending.abort();
  await Promise.all(senders);
  const stored = await rawNonces();
  for (const nonce of accepted) assert.ok(stored.has(nonce), `${nonce} was answered 202 and is not stored`);
  const raw = await world.events('signals.raw', 'SIGNALS', 'signals.raw.*');
  const normalized = await eventually(
    'everything is normalized',
    async () => {
      const events = await world.events('signals.normalized', 'SIGNALS', 'signals.normalized.*.*');
      return events.length >= raw.length ? events : undefined;
    },
    90_000,
  );
  assert.deepEqual(new Set(normalized.map(({ corrId }) => corrId)), new Set(raw.map(({ id }) => id)));
  assert.equal(normalized.length, raw.length);
});
