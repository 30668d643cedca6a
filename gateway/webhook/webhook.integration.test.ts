/** Tests webhooks from signed request to normalized signal, against a real NATS, a real Redis and a real gateway. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { formatTime, GATEWAY_NAME, gatewayStatusSchema, keys, readRecordBytes, subjects } from '@flotilla/contracts';
import { openBucket } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type GatewayWorld, type RunningGateway, SECRET, SOURCES, startWorld, timestampNow } from '../testing/gateway-world.ts';
import { type Answered, post } from '../testing/post.ts';
import { signedHeaders } from '../testing/sign-request.ts';

let world: GatewayWorld;
let gateway: RunningGateway;

before(async () => {
  world = await startWorld();
  gateway = await world.startGateway();
});
after(() => world.stop());

const GOOD = { instrument: 'BTC-USD', price: 611.87, signal: 'BUY', strength: 0.8 };

interface Send {
  readonly source?: string;
  readonly body?: string | Uint8Array;
  readonly nonce?: string;
  readonly timestamp?: string;
  readonly secret?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** A well signed request, but for what `send` says. */
function sendSigned(send: Send = {}): Promise<Answered> {
  const { source = 'alerts', body = JSON.stringify(GOOD), nonce = randomUUID(), timestamp = timestampNow(), secret = SECRET } = send;
  return post(`${gateway.url}/webhook/${source}`, { ...signedHeaders({ timestamp, nonce, body, secret }), ...send.headers }, body);
}

function sendTradingView(body: string, source = 'tv', secret: string | Uint8Array = SECRET): Promise<Answered> {
  const segment = typeof secret === 'string' ? encodeURIComponent(secret) : secret.reduce((text, byte) => text + percentEncoded(byte), '');
  return post(`${gateway.url}/webhook/${source}/${segment}`, { 'content-type': 'text/plain' }, body);
}

function percentEncoded(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`;
}

async function rawCount(): Promise<number> {
  return (await world.events('signals.raw', 'SIGNALS', 'signals.raw.*')).length;
}

/** The sum of a metric over the labels that are not named. */
async function metric(name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const text = await (await fetch(`${gateway.healthUrl}/metrics`)).text();
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  const lines = text.split('\n').filter((line) => line.split(/[ {]/, 1)[0] === name && wanted.every((label) => line.includes(label)));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

test('webhook: answers 202 with id and corrId when the bus holds it, and it comes out normalized', async () => {
  const answer = await sendSigned();
  assert.equal(answer.status, 202);
  const { id, corrId } = JSON.parse(answer.text) as { id: string; corrId: string };
  assert.equal(id, corrId);
  const raw = (await world.events('signals.raw', 'SIGNALS', subjects.signalRaw('alerts'))).find((event) => event.id === id);
  assert.equal(raw?.body, JSON.stringify(GOOD));
  const normalized = await eventually('the alert is normalized', async () =>
    (await world.events('signals.normalized', 'SIGNALS', subjects.signalNormalized('COINBASE', 'BTC-USD'))).find(
      (event) => event.corrId === id,
    ),
  );
  assert.partialDeepStrictEqual(normalized, { kind: 'alert', price: '611.87', strength: '0.8', signal: 'BUY', source: 'alerts' });
  assert.ok((await metric('gateway_webhooks_received_total', { source: 'alerts', status: '202' })) >= 1);
});

test('webhook: keeps the trace of its sender', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const { id } = JSON.parse((await sendSigned({ headers: { traceparent } })).text) as { id: string };
  const headers = await eventually('the normalized signal is there', async () => {
    for await (const message of world.bus.read('SIGNALS', { subject: 'signals.normalized.*.*', fromSequence: 1 })) {
      if (message.headers['Flotilla-Corr-Id'] === id) return message.headers;
    }
    return undefined;
  });
  assert.match(headers['traceparent'] ?? '', /^00-0af7651916cd43dd8448eb211c80319c-/);
});

const WRONG_SECRET = 'another secret of tests, long';
const UNAUTHORIZED: readonly { readonly why: string; readonly reason: string; readonly send: () => Promise<Answered> }[] = [
  { why: 'the source is unknown', reason: 'SOURCE_UNKNOWN', send: () => sendSigned({ source: 'nobody' }) },
  { why: 'the source takes no webhooks', reason: 'SOURCE_UNKNOWN', send: () => sendSigned({ source: 'btc' }) },
  { why: 'the signature is of another secret', reason: 'SIGNATURE_WRONG', send: () => sendSigned({ secret: WRONG_SECRET }) },
  {
    why: 'the signature is missing',
    reason: 'HEADERS_NOT_SINGLE',
    send: () => post(`${gateway.url}/webhook/alerts`, {}, JSON.stringify(GOOD)),
  },
  { why: 'the body is missing too', reason: 'HEADERS_NOT_SINGLE', send: () => post(`${gateway.url}/webhook/alerts`, {}, '') },
  { why: 'the timestamp is stale', reason: 'TIMESTAMP_STALE', send: () => sendSigned({ timestamp: timestampNow(-302) }) },
  { why: 'the timestamp is far ahead', reason: 'TIMESTAMP_STALE', send: () => sendSigned({ timestamp: timestampNow(302) }) },
  { why: 'the timestamp is in milliseconds', reason: 'TIMESTAMP_MALFORMED', send: () => sendSigned({ timestamp: `${timestampNow()}000` }) },
  { why: 'the nonce holds a dot', reason: 'NONCE_MALFORMED', send: () => sendSigned({ nonce: 'nonce.0001' }) },
  {
    why: 'the nonce header is doubled',
    reason: 'HEADERS_NOT_SINGLE',
    send: () => sendSigned({ nonce: 'nonce-doubled', headers: { 'x-nonce': ['nonce-doubled', 'nonce-doubled'] } }),
  },
  {
    why: 'the signature header is doubled',
    reason: 'HEADERS_NOT_SINGLE',
    send: () => sendSigned({ headers: { 'x-signature': ['0'.repeat(64), '1'.repeat(64)] } }),
  },
  { why: 'a TradingView secret is wrong', reason: 'SECRET_WRONG', send: () => sendTradingView('buy BTC-USD 1', 'tv', WRONG_SECRET) },
  { why: 'a TradingView address is not allowed', reason: 'ADDRESS_NOT_ALLOWED', send: () => sendTradingView('buy BTC-USD 1', 'tv-far') },
  { why: 'a TradingView source is unknown', reason: 'SOURCE_UNKNOWN', send: () => sendTradingView('buy BTC-USD 1', 'nobody') },
  { why: 'a signature goes to a TradingView source', reason: 'SOURCE_UNKNOWN', send: () => sendSigned({ source: 'tv' }) },
  {
    why: 'the time in a TradingView body is stale',
    reason: 'BODY_TIME_STALE',
    send: () => sendTradingView(`buy BTC-USD 1 1 ${formatTime(Date.now() - 61_000)}`),
  },
];

for (const { why, reason, send } of UNAUTHORIZED) {
  test(`webhook: answers the one 401 when ${why}, and publishes nothing`, async () => {
    const count = await rawCount();
    const counted = await metric('gateway_webhook_outcomes_total', { reason });
    const answer = await send();
    assert.equal(answer.status, 401);
    assert.equal(answer.text, '{"error":"WEBHOOK_UNAUTHORIZED","message":"webhook refused"}');
    assert.deepEqual(Object.keys(answer.headers).toSorted(), ['connection', 'content-length', 'content-type', 'date']);
    assert.equal(await rawCount(), count);
    assert.equal(await metric('gateway_webhook_outcomes_total', { reason }), counted + 1, `${reason} is counted`);
  });
}

test('webhook: strangers make no metric labels', async () => {
  const name = `stranger-${randomUUID()}`;
  await sendSigned({ source: name });
  assert.ok(!(await (await fetch(`${gateway.healthUrl}/metrics`)).text()).includes(name));
  assert.ok((await metric('gateway_webhooks_received_total', { source: 'unknown', status: '401' })) >= 1);
});

const json = (fields: object) => JSON.stringify({ ...GOOD, ...fields });
const priced = (price: string) => JSON.stringify(GOOD).replace('611.87', price);
const BAD_BODIES: readonly {
  readonly body: string | Uint8Array;
  readonly status: number;
  readonly field: string;
  readonly why: string;
  readonly found?: RegExp;
}[] = [
  { why: 'is empty', body: '', status: 400, field: 'body' },
  { why: 'is malformed', body: '{"instrument":"BTC-USD"', status: 400, field: 'body' },
  { why: 'is not UTF-8', body: Buffer.from([0x7b, 0xff, 0x7d]), status: 400, field: 'body' },
  { why: 'is an array', body: '[]', status: 400, field: 'body' },
  { why: 'nests deep', body: '['.repeat(60_000), status: 400, field: 'body', found: /32 levels of nesting/ },
  { why: 'begins with a byte order mark', body: Buffer.from(`\uFEFF{}`), status: 400, field: 'body', found: /byte order mark/ },
  { why: 'is compressed', body: gzipSync('{}'), status: 400, field: 'body', found: /gzip/ },
  { why: 'has a placeholder', body: json({ signal: '{{strategy.order.action}}' }), status: 422, field: 'signal', found: /placeholder/ },
  {
    why: 'names the price twice',
    body: '{"instrument":"BTC-USD","price":1,"price":2,"signal":"BUY","strength":1}',
    status: 400,
    field: 'body',
  },
  { why: 'lacks the price', body: json({ price: undefined }), status: 400, field: 'price' },
  { why: 'has a NaN price', body: priced('NaN'), status: 400, field: 'body' },
  { why: 'has an Infinity price', body: priced('Infinity'), status: 400, field: 'body' },
  { why: 'has "NaN" as text', body: json({ price: 'NaN' }), status: 422, field: 'price' },
  { why: 'has "Infinity" as text', body: json({ price: 'Infinity' }), status: 422, field: 'price' },
  { why: 'has a negative price', body: priced('-611.87'), status: 422, field: 'price' },
  { why: 'has a zero price', body: priced('0'), status: 422, field: 'price' },
  { why: 'has a huge price', body: priced('1e308'), status: 422, field: 'price' },
  { why: 'has a price of 400 digits', body: priced('9'.repeat(400)), status: 422, field: 'price' },
  { why: 'has a 17-digit price', body: priced('611.87000000000001'), status: 422, field: 'price' },
  { why: 'has a strength above 1', body: json({ strength: 1.01 }), status: 422, field: 'strength' },
  { why: 'has an unknown signal', body: json({ signal: 'HOLD' }), status: 422, field: 'signal' },
  { why: 'has an unknown instrument', body: json({ instrument: 'SPY' }), status: 422, field: 'instrument' },
  { why: 'has a wildcard as instrument', body: json({ instrument: '>' }), status: 400, field: 'instrument' },
];

for (const { why, body, status, field, found = /./ } of BAD_BODIES) {
  test(`webhook: answers ${status} naming ${field} when a signed body ${why}, and publishes nothing`, async () => {
    const count = await rawCount();
    const answer = await sendSigned({ body });
    assert.equal(answer.status, status, answer.text);
    const told = JSON.parse(answer.text) as Record<string, string>;
    assert.equal(told['field'], field);
    assert.match(told['found'] ?? '', found);
    assert.ok(told['expected'] && told['found'] && told['error']);
    assert.equal(await rawCount(), count);
  });
}

test('webhook: never parses an unsigned body, however bad it is', async () => {
  assert.equal((await sendSigned({ body: '{', secret: WRONG_SECRET })).status, 401);
});

test('webhook: takes 64 KiB and refuses a byte more with 413', async () => {
  const count = await rawCount();
  const padded = (bytes: number) => {
    const start = `${JSON.stringify(GOOD).slice(0, -1)},"comment":"`;
    return `${start}${'x'.repeat(bytes - start.length - 2)}"}`;
  };
  assert.equal((await sendSigned({ body: padded(65_537) })).status, 413);
  assert.equal(await rawCount(), count);
  assert.equal((await sendSigned({ body: padded(65_536) })).status, 202);
  assert.ok((await metric('unknown_fields_total', { service: 'gateway' })) >= 1);
  assert.ok((await metric('gateway_webhooks_received_total', { source: 'alerts', status: '413' })) >= 1);
});

test('webhook: a request that is sent again gets the answer of the first time, and makes no second signal', async () => {
  const nonce = randomUUID();
  const timestamp = timestampNow();
  const first = await sendSigned({ nonce, timestamp });
  assert.equal(first.status, 202);
  const count = await rawCount();
  const again = [await sendSigned({ nonce, timestamp }), await sendSigned({ nonce, timestamp: timestampNow(7) })];
  assert.deepEqual(
    again.map(({ status, text }) => [status, text]),
    [
      [202, first.text],
      [202, first.text],
    ],
  );
  assert.equal(await rawCount(), count);
  assert.ok((await metric('gateway_webhook_outcomes_total', { source: 'alerts', reason: 'REPEATED' })) >= 2);
});

test('webhook: another body with a used nonce gets 401', async () => {
  const nonce = randomUUID();
  const timestamp = timestampNow();
  assert.equal((await sendSigned({ nonce, timestamp })).status, 202);
  const count = await rawCount();
  assert.equal((await sendSigned({ nonce, timestamp, body: json({ price: 700 }) })).status, 401);
  assert.equal(await rawCount(), count);
  assert.ok((await metric('gateway_webhook_outcomes_total', { source: 'alerts', reason: 'REPLAYED' })) >= 1);
});

test('webhook: copies sent at the same moment make one signal', async () => {
  const count = await rawCount();
  const nonce = randomUUID();
  const answers = await Promise.all(Array.from({ length: 20 }, () => sendSigned({ nonce })));
  assert.ok(answers.every(({ status, text }) => status === 202 && text === answers[0]?.text));
  assert.equal(await rawCount(), count + 1);
});

test('webhook: answers 429 with Retry-After above the rate of its source, and strangers spend none of it', async () => {
  for (let request = 0; request < 10; request += 1) assert.equal((await sendSigned({ source: 'slow', secret: WRONG_SECRET })).status, 401);
  const answers = [];
  for (let request = 0; request < 4; request += 1) answers.push(await sendSigned({ source: 'slow' }));
  assert.deepEqual(
    answers.slice(0, 2).map(({ status }) => status),
    [202, 202],
  );
  const refused = answers.find(({ status }) => status === 429);
  assert.equal(refused?.headers['retry-after'], '1');
});

test('webhook: takes a symbol of the chart, long and lower case, and publishes instrument and signal', async () => {
  const answer = await sendTradingView(`long COINBASE:BTCUSD 611.87 1 ${formatTime(Date.now())}`);
  assert.equal(answer.status, 202, answer.text);
  const { id } = JSON.parse(answer.text) as { id: string };
  const normalized = await eventually('the alert is normalized', async () =>
    (await world.events('signals.normalized', 'SIGNALS', subjects.signalNormalized('COINBASE', 'BTC-USD'))).find(
      (event) => event.corrId === id,
    ),
  );
  assert.partialDeepStrictEqual(normalized, { kind: 'alert', instrument: 'BTC-USD', signal: 'BUY' });
  assert.equal((await sendSigned({ body: json({ signal: ' buy ', price: ' 611.87' }) })).status, 202);
});

test('webhook: takes TradingView text and JSON; the same words again get the same answer and make no second signal', async () => {
  const count = await rawCount();
  const time = formatTime(Date.now());
  const body = `buy BTC-USD 611.87 1 ${time}`;
  const first = await sendTradingView(body);
  assert.equal(first.status, 202);
  assert.deepEqual([(await sendTradingView(body)).text, (await sendTradingView(body)).status], [first.text, 202]);
  assert.equal((await sendTradingView(`{"signal":"sell","instrument":"BTC-USD","price":611.87,"time":"${time}"}`)).status, 202);
  assert.equal(await rawCount(), count + 2);
  assert.equal((await sendTradingView('buy SPY 611.87')).status, 422);
});

test('gateway: no answer repeats a URL, which may hold a secret', async () => {
  for (const path of [
    `/webhook/tv/${SECRET}/`,
    `/webhook/tv/${SECRET}/more`,
    `/x/${SECRET}`,
    '/webhook/tv/%zz-secret',
    `/webhook/tv/${'s'.repeat(600)}`,
  ]) {
    for (const method of ['GET', 'POST', 'PUT']) {
      const answer = await fetch(`${gateway.url}${path}`, { method });
      assert.ok([400, 404, 405].includes(answer.status), `${method} ${answer.status}`);
      assert.doesNotMatch(await answer.text(), /a secret|\/webhook|sss/);
    }
  }
});

test('gateway: takes a changed secret and a new source without a restart, and keeps the old ones when the file breaks', async () => {
  world.writeSecret('alerts', WRONG_SECRET);
  await eventually('the new secret is in force', async () => (await sendSigned({ secret: WRONG_SECRET })).status === 202);
  assert.equal((await sendSigned()).status, 401);
  world.writeSecret('alerts', SECRET);
  await eventually('the old secret is back', async () => (await sendSigned()).status === 202);
  world.writeSources([]);
  await eventually('the source is gone', async () => (await sendSigned()).status === 401);
  world.writeSources(SOURCES);
  await eventually('the source is back', async () => (await sendSigned()).status === 202);
  writeFileSync(world.sourcesFile, '{ broken');
  await eventually('the broken file was seen', async () => (await metric('gateway_sources_unusable', {})) === 1);
  assert.equal((await sendSigned()).status, 202);
  world.writeSources(SOURCES);
  await eventually('the file is good again', async () => (await metric('gateway_sources_unusable', {})) === 0);
});

const BINARY = Buffer.from([0x00, 0xff, 0x80, 0xc3, 0x28, 0x0d, ...randomBytes(24).map((byte) => byte | 0x80), 0x0d, 0x0a]);

test('gateway: takes a secret of any bytes for both schemes, and refuses the secret with a byte less', async () => {
  world.writeSecret('alerts', BINARY);
  world.writeSecret('tv', BINARY);
  const sendBoth = async (secret: Uint8Array) => {
    const answers = [await sendSigned({ secret }), await sendTradingView(`buy BTC-USD 611.87 1 ${formatTime(Date.now())}`, 'tv', secret)];
    return answers.map(({ status }) => status);
  };
  await eventually('the binary secret is in force', async () => (await sendBoth(BINARY)).every((status) => status === 202));
  assert.deepEqual(await sendBoth(BINARY.subarray(0, -1)), [401, 401], 'the last byte is not a line end');
  assert.deepEqual(await sendBoth(Buffer.from(BINARY.toString('utf8'))), [401, 401], 'the secret is not the text that it decodes to');
  world.writeSecret('alerts', SECRET);
  world.writeSecret('tv', SECRET);
  await eventually('the secret of text is back', async () => (await sendBoth(Buffer.from(SECRET))).every((status) => status === 202));
});

test('gateway: serves health and metrics on a port of their own, and not where webhooks arrive', async () => {
  for (const path of ['/live', '/ready', '/health', '/healthz', '/metrics']) {
    assert.equal((await fetch(`${gateway.healthUrl}${path}`)).status, 200, path);
    assert.equal((await fetch(`${gateway.url}${path}`)).status, 404, path);
  }
  assert.equal((await fetch(`${gateway.healthUrl}/webhook/alerts`, { method: 'POST' })).status, 404);
});

test('gateway: reports each source with its problem, and takes the problem back when it is gone', async () => {
  const reported = async (name: string) => {
    const entry = await openBucket(world.bus, 'STATUS').get(keys.gatewayStatus(GATEWAY_NAME));
    const read = readRecordBytes(gatewayStatusSchema, entry?.value ?? new Uint8Array());
    return read.ok ? read.value.sources.find((source) => source.name === name) : undefined;
  };
  await eventually('the gateway reports', async () => (await reported('alerts')) !== undefined);
  assert.deepEqual(await reported('alerts'), { name: 'alerts' });
  const fx = await eventually('the rows of fx are counted', async () => {
    const report = await reported('fx');
    return report?.rows === undefined ? undefined : report;
  });
  assert.deepEqual(fx, { name: 'fx', rows: { usable: 51_053, refused: 0 } });
  assert.equal((await reported('btc'))?.problem?.reason, 'DatasetUnusable', 'btc names a dataset that is not described');
  world.writeSecret('tv', '');
  const empty = await eventually('the empty secret is reported', async () => (await reported('tv'))?.problem);
  assert.deepEqual([empty.reason, /empty/.test(empty.message)], ['SecretEmpty', true]);
  world.writeSecret('tv', SECRET);
  await eventually('the problem is gone', async () => (await reported('tv'))?.problem === undefined);
});

test('gateway: serves every source that it can read, when a next version writes one that it cannot', async () => {
  world.writeSources([...SOURCES, { ...SOURCES[0], name: 'next', scheme: 'Fix' } as unknown as (typeof SOURCES)[0]]);
  await eventually('the problem is counted', async () => (await metric('gateway_source_problems', {})) === 2);
  assert.equal((await sendSigned()).status, 202);
  world.writeSources(SOURCES);
  await eventually('the problem is gone', async () => (await metric('gateway_source_problems', {})) === 1);
});
