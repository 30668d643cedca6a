import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { replayStatusSchema, subjects } from '@flotilla/contracts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import { type GatewayWorld, SECRET, startWorld, timestampNow } from './testing/gateway-world.ts';
import { post } from './testing/post.ts';
import { signedHeaders } from './testing/sign-request.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const BTC = 'btcusd-1s-2016-10-07';
const BTC_ROWS = 4_063;
const KILLS = 8;

let world: GatewayWorld;
const children = new Set<ChildProcess>();
const over = new AbortController();

before(async () => {
  world = await startWorld();
});
after(async () => {
  over.abort();
  for (const child of children) child.kill('SIGKILL');
  await world.stop();
});

function startProcess(environment: Readonly<Record<string, string>>): { readonly child: ChildProcess; readonly output: () => string } {
  const child = spawn(process.execPath, [MAIN], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  return { child, output: () => output };
}

async function isHealthy(healthPort: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${healthPort}/health`)).ok;
}

test('gateway: ends with one message that names every missing and bad setting', async () => {
  const { child, output } = startProcess({ FLOTILLA_TRUSTED_PROXIES: 'somewhere', PORT: 'x' });
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 1);
  for (const name of ['NATS_URL', 'REDIS_URL', 'FLOTILLA_SOURCES_FILE', 'FLOTILLA_DATA_DIR', 'FLOTILLA_TRUSTED_PROXIES', 'PORT']) {
    assert.match(output(), new RegExp(`^ {2}${name}: `, 'm'));
  }
});

test('gateway: ends with one message when its port is taken', async () => {
  const { child, output } = startProcess(world.environment(world.nats.port, await freePort()));
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 1);
  assert.match(output(), /expected 127\.0\.0\.1:\d+ to be free/);
});

test('gateway: takes webhooks to answer 503, and says in its health why, while NATS and Redis are away; and logs no secret', async () => {
  const [port, healthPort, away] = [await freePort(), await freePort(), await freePort()];
  const environment = {
    ...world.environment(port, healthPort),
    LOG_LEVEL: 'trace',
    NATS_URL: `nats://127.0.0.1:${away}`,
    REDIS_URL: `redis://127.0.0.1:${away}`,
  };
  const { child, output } = startProcess(environment);
  const healthUrl = `http://127.0.0.1:${healthPort}`;
  const health = await eventually('it listens', () => fetch(`${healthUrl}/health`));
  assert.equal(health.status, 503);
  assert.partialDeepStrictEqual(Object.keys(((await health.json()) as { problems: object }).problems).toSorted(), [
    'nats',
    'normaliser',
    'redis',
  ]);
  for (const path of ['/live', '/ready']) assert.equal((await fetch(`${healthUrl}${path}`)).status, 200, path);
  const answer = await post(`http://127.0.0.1:${port}/webhook/tv/${encodeURIComponent(SECRET)}`, {}, 'buy BTC-USD 611.87');
  assert.equal(answer.status, 503);
  await post(`http://127.0.0.1:${port}/webhook/tv/${encodeURIComponent(SECRET)}x`, {}, 'buy BTC-USD 611.87');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.ok(output().includes('webhook refused'));
  assert.ok(!output().includes(SECRET) && !output().includes(encodeURIComponent(SECRET)));
});

test('gateway: normalises over its one login, when an operator of the version before gives it no login of the normaliser', async (context) => {
  const undivided = await startWorld({ isUndivided: true });
  context.after(() => undivided.stop());
  const [port, healthPort] = [await freePort(), await freePort()];
  const { NATS_NORMALISER_CREDS_FILE: _own, ...environment } = undivided.environment(port, healthPort);
  const { child, output } = startProcess(environment);
  await eventually('the gateway is ready', () => isHealthy(healthPort), 20_000);
  const body = '{"instrument":"BTC-USD","price":611.87,"signal":"BUY","strength":1}';
  const headers = signedHeaders({ timestamp: timestampNow(), nonce: 'undivided-1', body, secret: SECRET });
  assert.equal((await post(`http://127.0.0.1:${port}/webhook/alerts`, headers, body)).status, 202);
  const normalized = () => undivided.events('signals.normalized', 'SIGNALS', 'signals.normalized.*.*');
  await eventually('the signal is normalized', async () => (await normalized()).length === 1);
  assert.match(output(), /the normaliser has no login of its own/);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('README: its example of a signed request gets 202', async () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? assert.fail('no example');
  const gateway = await world.startGateway();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', example], { env: { GATEWAY: gateway.url, SECRET } });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  await once(child, 'close');
  await gateway.stop();
  assert.match(output, /^202 \{"id":"[0-9a-f]{64}","corrId":"[0-9a-f]{64}"\}$/m);
});

test(`gateway: killed ${KILLS} times while it takes webhooks and replays: every 202 and every row is there, nothing twice`, async () => {
  const [port, healthPort] = [await freePort(), await freePort()];
  const accepted = new Set<string>();
  const senders = Array.from({ length: 4 }, async (_, sender) => {
    for (let count = 0; !over.signal.aborted; count += 1) {
      const nonce = `kill-${sender}-${count}`;
      const body = `{"instrument":"BTC-USD","price":611.87,"signal":"BUY","strength":1}`;
      // A sender whose answer got lost sends the same request again, and gets the answer of the first time.
      for (let known = false; !known && !over.signal.aborted;) {
        try {
          const headers = signedHeaders({ timestamp: timestampNow(), nonce, body, secret: SECRET });
          const { status } = await post(`http://127.0.0.1:${port}/webhook/alerts`, headers, body);
          known = status === 202;
          if (known) accepted.add(nonce);
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    }
  });
  const replay = async (action: 'start' | 'status') => {
    const request = Buffer.from(JSON.stringify({ schemaVersion: 1, dataset: BTC, runId: 'kills', speed: 0, fromRow: 0, action }));
    const answer = await world.commandLineBus.request(subjects.replay('btc'), request, 1_000);
    return answer === undefined ? undefined : replayStatusSchema.parse(JSON.parse(Buffer.from(answer).toString('utf8')));
  };
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { child } = startProcess(world.environment(port, healthPort));
    await eventually('the gateway is ready', () => isHealthy(healthPort), 20_000);
    await eventually('the replay runs', () => replay('start'));
    const target = accepted.size + 10 + Math.floor(Math.random() * 40);
    await eventually('webhooks are accepted', () => accepted.size >= target, 20_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const { child } = startProcess(world.environment(port, healthPort));
  await eventually('the gateway is ready', () => isHealthy(healthPort), 20_000);
  await eventually('the replay runs', () => replay('start'));
  await eventually('the replay is done', async () => (await replay('status'))?.state === 'DONE', 60_000);
  over.abort();
  await Promise.all(senders);

  const raw = await world.events('signals.raw', 'SIGNALS', 'signals.raw.*');
  const nonces = new Set(raw.map(({ nonce }) => nonce));
  assert.equal(nonces.size, raw.length, 'no raw signal is doubled');
  for (const nonce of accepted) assert.ok(nonces.has(nonce), `${nonce} was accepted and is not stored`);
  assert.equal([...nonces].filter((nonce) => nonce.startsWith('kills:')).length, BTC_ROWS);
  const startMs = performance.now();
  const normalized = await eventually(
    'everything is normalized',
    async () => {
      const events = await world.events('signals.normalized', 'SIGNALS', 'signals.normalized.*.*');
      return events.length >= raw.length ? events : undefined;
    },
    60_000,
  );
  assert.equal(new Set(normalized.map(({ id }) => id)).size, normalized.length, 'no normalized signal is doubled');
  assert.deepEqual(new Set(normalized.map(({ corrId }) => corrId)), new Set(raw.map(({ id }) => id)));
  console.log(
    `${accepted.size} webhooks, ${BTC_ROWS} rows, ${KILLS} kills; normalized ${Math.round(performance.now() - startMs)} ms after the end`,
  );
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
