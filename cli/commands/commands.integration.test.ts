/** The command itself, as a user runs it, against a real NATS with the permissions of its identity, and a real API server. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { keys, STREAMS, subjects, type ExecSnapshot, type Fill, type ReplayRequest, type ReplayStatus } from '@flotilla/contracts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { RESOURCES } from '@flotilla/contracts/resources/catalogue.ts';
import { customResourceDefinition } from '@flotilla/crds/generate.ts';
import { startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { openBucket, publishEvent, type NatsBus } from '@flotilla/runtime';
import { ensureBucket, ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { findBinary } from '@flotilla/runtime/testing/find-binary.ts';
import { startNatsServer, type NatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openIdentityBus, openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';

const PORTFOLIO = {
  baseCurrency: 'USD',
  venue: { type: 'Paper', paper: { startingCash: '100000', takerFeeBps: 5 } },
  decision: { mode: 'Direct' },
  riskPolicyRef: { name: 'conservative' },
};
const COMMAND = fileURLToPath(new URL('../bin/flotilla.js', import.meta.url));
const TIME = '2026-11-21T12:00:00.000Z';

let nats: NatsServer;
let api: TestApiServer;
let bus: NatsBus;
/** Answers as exec does, to the end of the tests. */
let exec: NatsBus;
let folder: string;
let readerCreds: string;

before(async () => {
  [nats, api] = await Promise.all([startNatsServer(), startTestApiServer()]);
  bus = await openTestBus({ url: nats.url });
  exec = await openIdentityBus(nats, { role: 'Exec', portfolio: 'main' });
  for (const definition of Object.values(STREAMS)) await ensureStream(bus, definition, { replicas: 1 });
  await ensureBucket(bus, 'STATUS', { replicas: 1 });
  folder = mkdtempSync(join(tmpdir(), 'flotilla-cli-'));
  // Written once: a command that still runs must never find the file empty.
  writeFileSync(join(folder, 'cli.json'), '{}');
  readerCreds = await nats.identity.credsFile({ role: 'Reader' }, folder);
  for (const resource of RESOURCES) await kubectl(['create', '-f', '-'], customResourceDefinition(resource));
  await kubectl(['wait', '--for=condition=Established', 'customresourcedefinitions', '--all', '--timeout=30s']);
  await kubectl(['create', 'namespace', 'trading']);
});
after(async () => {
  await Promise.all([bus.close(), exec.close()]);
  await Promise.all([nats.stop(), api.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], input?: string, settings: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const environment = {
      PATH: process.env['PATH'],
      KUBECONFIG: api.kubeconfigPath,
      FLOTILLA_KUBECTL: findBinary('kubectl'),
      FLOTILLA_NATS_URL: nats.url,
      FLOTILLA_NATS_CREDS_FILE: readerCreds,
      FLOTILLA_CLI_CONFIG: join(folder, 'cli.json'),
      ...settings,
    };
    const child = execFile(program, [...args], { env: environment }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
    child.stdin?.end(input);
  });
}
const flotilla = (...args: readonly string[]): Promise<Ended> => run(process.execPath, [COMMAND, ...args]);

async function kubectl(args: readonly string[], manifest?: unknown): Promise<string> {
  const ended = await run(findBinary('kubectl'), args, manifest === undefined ? undefined : JSON.stringify(manifest));
  assert.equal(ended.code, 0, `kubectl ${args.join(' ')}: ${ended.stderr}`);
  return ended.stdout;
}
const apply = (kind: string, name: string, spec: object) =>
  kubectl(['create', '-f', '-'], { apiVersion: 'flotilla.dev/v1alpha1', kind, metadata: { name, namespace: 'trading' }, spec });

const fill = (ordinal: number, strategy: string): Fill => ({
  schemaVersion: 1,
  id: `fill-${ordinal}`,
  corrId: 'c',
  time: TIME,
  producer: { service: 'exec', revision: 'test' },
  portfolio: 'main',
  epoch: 1,
  strategy,
  instrument: 'BTC-USD',
  account: 'main',
  venue: 'paper',
  orderId: `order-${ordinal}`,
  intentId: `intent-${ordinal}`,
  tradeId: String(ordinal),
  side: ordinal % 2 === 0 ? 'BUY' : 'SELL',
  price: '611.87',
  quantity: '0.5',
  fee: '0.15',
  liquidity: 'TAKER',
  fillType: 'FULL',
  filledQuantity: '0.5',
  leavesQuantity: '0',
});

test('flotilla fills: shows what the stream holds, filtered and limited, to people and to programs', async () => {
  for (let ordinal = 0; ordinal < 30; ordinal += 1) {
    const strategy = ordinal < 25 ? 'first' : 'second';
    await publishEvent(bus, { type: 'executions.fill', subject: subjects.fill('main', strategy), event: fill(ordinal, strategy) });
  }
  const all = await flotilla('fills', '--output', 'json');
  assert.equal(all.code, 0, all.stderr);
  const values = JSON.parse(all.stdout) as Fill[];
  assert.deepEqual(
    values.map(({ id }) => id),
    Array.from({ length: 30 }, (_, ordinal) => `fill-${ordinal}`),
  );
  const second = await flotilla('fills', '--strategy', 'second', '--limit', '2');
  assert.deepEqual(second.stdout.trimEnd().split('\n'), [
    'TIME                      PORTFOLIO  STRATEGY  SIDE  QUANTITY  INSTRUMENT   PRICE   FEE  TYPE  LEAVES  ORDER',
    `${TIME}  main       second    BUY        0.5  BTC-USD     611.87  0.15  FULL       0  order-28`,
    `${TIME}  main       second    SELL       0.5  BTC-USD     611.87  0.15  FULL       0  order-29`,
  ]);
  const none = await flotilla('fills', '--portfolio', 'nobody');
  assert.equal(none.stdout, 'No fills yet.\n');
});

test('flotilla positions: asks exec, and says who does not answer', async () => {
  const epoch = { schemaVersion: 1, id: 'epoch-1', corrId: 'epoch-1', time: TIME, producer: { service: 'exec', revision: 'test' } };
  await publishEvent(bus, { type: 'executions.epoch', subject: subjects.epoch('main'), event: epoch });
  const silent = await flotilla('positions');
  assert.equal(silent.code, 1);
  assert.match(silent.stderr, /portfolio main: exec does not answer\n {2}See why with: kubectl describe portfolio main\./);

  const snapshot: ExecSnapshot = {
    schemaVersion: 1,
    portfolio: 'main',
    baseCurrency: 'USD',
    tradingState: 'ACTIVE',
    cash: '99000',
    equity: '100000.5',
    realizedPnl: '1.25',
    unrealizedPnl: '-0.5',
    fees: '0.25',
    positions: [
      {
        strategy: 'first',
        instrument: 'BTC-USD',
        quantity: '-0.5',
        averagePrice: '611.87',
        realizedPnl: '1.25',
        unrealizedPnl: '-0.5',
        fees: '0.25',
      },
    ],
    strategies: [{ strategy: 'first', accepted: 1, denied: 1, deniedBy: { POSITION_LIMIT: 1 }, fills: 1, openOrders: 0 }],
    time: TIME,
  };
  exec.respond(subjects.execSnapshot('main'), () => Promise.resolve(Buffer.from(JSON.stringify(snapshot))));
  const shown = await eventually('exec answers', async () => {
    const ended = await flotilla('positions');
    return ended.code === 0 && ended;
  });
  assert.deepEqual(shown.stdout.trimEnd().split('\n'), [
    'main ACTIVE: equity 100,000.50, cash 99,000.00 USD',
    'STRATEGY  INSTRUMENT  QUANTITY  AVERAGE  MARKET  REALIZED  UNREALIZED  FEES',
    'first     BTC-USD         -0.5   611.87       -      1.25       -0.50  0.25',
  ]);
  const status = await flotilla('status');
  assert.equal(status.code, 0, status.stderr);
  assert.match(status.stdout, /^first +- +- +- +2 +1 +0 +1 +-0\.5 BTC-USD +0\.50 +denied: POSITION_LIMIT 1$/m);
});

test('flotilla positions: shows what it has and names what is missing, when the exec of one portfolio does not answer', async () => {
  const epoch = { schemaVersion: 1, id: 'epoch-2', corrId: 'epoch-2', time: TIME, producer: { service: 'exec', revision: 'test' } };
  await publishEvent(bus, { type: 'executions.epoch', subject: subjects.epoch('deleted'), event: epoch });
  const table = await flotilla('positions');
  assert.equal(table.code, 3);
  assert.match(table.stdout, /^main ACTIVE: equity 100,000\.50/);
  assert.match(
    table.stderr,
    /the positions are incomplete: portfolio deleted: exec does not answer\n {2}See why with: kubectl describe portfolio deleted/,
  );
  const json = await flotilla('positions', '--output', 'json');
  assert.equal(json.code, 3);
  const [deleted, main] = JSON.parse(json.stdout) as Record<string, unknown>[];
  assert.deepEqual([deleted?.['portfolio'], deleted?.['equity'], deleted?.['positions']], ['deleted', null, null]);
  assert.equal(main?.['equity'], '100000.5');
  assert.equal((await flotilla('positions', '--portfolio', 'main')).code, 0);
});

test('flotilla status: shows dashes and nulls, names what is not known and fails, when the exec of a portfolio does not answer', async () => {
  await apply('Portfolio', 'silent', PORTFOLIO);
  await apply('Strategy', 'quiet', {
    portfolioRef: { name: 'silent' },
    agent: { builtIn: 'Momentum' },
    parameters: { quantity: '1' },
    instruments: ['BTC-USD'],
    capital: { maxNotional: '1000' },
  });
  const table = await flotilla('status');
  assert.equal(table.code, 3);
  assert.match(table.stdout, /^silent +UNKNOWN( +-){5} /m);
  assert.match(table.stdout, /^quiet +Momentum +Unknown( +-){7}/m);
  assert.match(table.stderr, /the status is incomplete: portfolio silent: exec does not answer/);
  const json = await flotilla('status', '--output', 'json');
  assert.equal(json.code, 3);
  const { strategies, problems } = JSON.parse(json.stdout) as { strategies: Record<string, unknown>[]; problems: string[] };
  const quiet = strategies.find(({ strategy }) => strategy === 'quiet');
  assert.deepEqual([quiet?.['pnl'], quiet?.['positions'], quiet?.['fills']], [null, null, null]);
  assert.deepEqual(problems, ['portfolio silent: exec does not answer']);
  await kubectl(['delete', 'strategy/quiet', 'portfolio/silent', '--namespace', 'trading']);
});

test('flotilla replay: names the source at once, when the source cannot replay or does not exist', async () => {
  await apply('SignalSource', 'hooks', { scheme: 'Hmac', secretRef: { name: 'desk-webhook' }, venue: 'desk', instruments: ['BTC-USD'] });
  const wrong = await flotilla('replay', 'btcusd', '--source', 'hooks');
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /expected a SignalSource of scheme Replay, found hooks of scheme Hmac/);
  const none = await flotilla('replay', 'btcusd', '--source', 'nowhere');
  assert.equal(none.code, 1);
  assert.match(none.stderr, /expected a SignalSource nowhere in namespace trading, found none/);
});

test('flotilla replay: refuses a source that no gateway knows at once, when the API server does not answer', async () => {
  const startedMs = performance.now();
  const report = { schemaVersion: 1, gateway: GATEWAY_NAME, instance: 'gateway-1', sources: [{ name: 'rows' }], updatedAt: TIME };
  await openBucket(bus, 'STATUS').put(keys.gatewayStatus(GATEWAY_NAME), Buffer.from(JSON.stringify(report)));
  const ended = await run(process.execPath, [COMMAND, 'replay', 'btcusd', '--source', 'nowhere'], '', { KUBECONFIG: join(folder, 'none') });
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /cannot be looked at before the replay/);
  assert.match(ended.stderr, /expected a gateway that serves SignalSource nowhere, found sources rows alone/);
  assert.match(ended.stderr, /Correct the name, or apply the SignalSource/);
  assert.ok(performance.now() - startedMs < 30_000, 'half of the time for which a silent gateway is waited for');
});

test('flotilla replay: goes on with the same run, when the gateway restarts and forgets it', async (context) => {
  await apply('SignalSource', 'rows', { scheme: 'Replay', replay: { datasets: ['btcusd'] }, venue: 'coinbase', instruments: ['BTC-USD'] });
  const heard: ReplayRequest[] = [];
  const answers = ['RUNNING', 'UNKNOWN', 'RUNNING', 'DONE'];
  const gateway = await openIdentityBus(nats, { role: 'Gateway' });
  context.after(() => gateway.close());
  gateway.respond(subjects.replay('rows'), (payload) => {
    const request = JSON.parse(Buffer.from(payload).toString()) as ReplayRequest;
    heard.push(request);
    const state = answers[heard.length - 1] ?? 'FAILED';
    return Promise.resolve(Buffer.from(JSON.stringify({ schemaVersion: 1, state, runId: request.runId, row: heard.length, rowsTotal: 4 })));
  });
  const ended = await flotilla('replay', 'btcusd', '--source', 'rows', '--speed', '60', '--rows', '4');
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^Replayed 4 rows of btcusd in \d+\.\d s \(run cli-[0-9a-f]{12}\)\.\n$/);
  assert.deepEqual(
    heard.map(({ action }) => action),
    ['start', 'status', 'start', 'status'],
  );
  assert.equal(new Set(heard.map(({ runId }) => runId)).size, 1);
  assert.deepEqual([heard[0]?.speed, heard[0]?.rows, heard[0]?.fromRow], [60, 4, 0]);
});

test('flotilla replay: ends with exit code 3, the count and the first refused row, when rows are refused and the others are replayed', async (context) => {
  await apply('SignalSource', 'own', { scheme: 'Replay', replay: { datasets: ['bars'] }, venue: 'own', instruments: ['BTC-USD'] });
  const rows = { usable: 27, refused: 1, firstRefused: 'bars.csv line 7: close: expected a plain decimal above 0, found "NaN"' };
  const gateway = await openIdentityBus(nats, { role: 'Gateway' });
  context.after(() => gateway.close());
  gateway.respond(subjects.replay('own'), (payload) => {
    const { runId } = JSON.parse(Buffer.from(payload).toString()) as ReplayRequest;
    return Promise.resolve(Buffer.from(JSON.stringify({ schemaVersion: 1, state: 'DONE', runId, row: 28, rowsTotal: 28, rows })));
  });
  const ended = await flotilla('replay', 'bars', '--source', 'own');
  assert.equal(ended.code, 3, ended.stderr);
  assert.match(ended.stdout, /^Replayed 27 of 28 rows of bars in \d+\.\d s \(run cli-[0-9a-f]{12}\)\.\n$/);
  assert.match(
    ended.stderr,
    /flotilla: 1 row is refused; the first: bars\.csv line 7: close: expected a plain decimal above 0, found "NaN"/,
  );
  assert.match(ended.stderr, /kubectl describe signalsource own/);
  const json = await flotilla('replay', 'bars', '--source', 'own', '--output', 'json');
  assert.equal(json.code, 3);
  assert.deepEqual((JSON.parse(json.stdout) as ReplayStatus).rows, rows);
});

test('flotilla halt and release: create a KillSwitch, show each step, and release it after its name was typed', async () => {
  await apply('Portfolio', 'main', PORTFOLIO);
  const halting = flotilla('halt', '--portfolio', 'main', '--reason', 'a drill', '--name', 'drill', '--timeout', '60');
  await eventually(
    'the KillSwitch is there',
    async () => (await run(findBinary('kubectl'), ['get', 'killswitch', 'drill'])).code === 0,
    30_000,
  );
  const portfolio = {
    namespace: 'trading',
    name: 'main',
    phase: 'Halted',
    observedAt: '2026-11-21T12:00:00.100Z',
    gateClosedAt: '2026-11-21T12:00:00.107Z',
  };
  const conditions = [{ type: 'Ready', status: 'True', reason: 'Halted', message: '', lastTransitionTime: TIME, observedGeneration: 1 }];
  const status = { state: 'Engaged', portfolioCount: 1, gateClosedDurationMsMax: 7, portfolios: [portfolio], conditions };
  await kubectl(['patch', 'killswitch', 'drill', '--subresource=status', '--type=merge', '--patch', JSON.stringify({ status })]);
  const halted = await halting;
  assert.equal(halted.code, 0, halted.stderr);
  assert.deepEqual(halted.stdout.trimEnd().split('\n'), [
    'KillSwitch drill created. Waiting for the operator and exec to confirm the halt.',
    '  2026-11-21T12:00:00.100Z  +     0 ms  trading/main  operator saw the KillSwitch',
    '  2026-11-21T12:00:00.107Z  +     7 ms  trading/main  order gate closed',
    'Halted one portfolio; slowest gate closed after 7 ms.',
    'End the halt with: flotilla release drill',
  ]);
  assert.match((await flotilla('status')).stdout, /^drill +Portfolios +CancelAndHold +Engaged +a drill$/m);

  const unconfirmed = await flotilla('release', 'drill');
  assert.equal(unconfirmed.code, 2);
  assert.match(unconfirmed.stderr, /needs a person to confirm it\n {2}Or give --yes: flotilla release drill --yes/);
  const released = await flotilla('release', 'drill', '--yes');
  assert.equal(released.code, 0, released.stderr);
  assert.equal((await flotilla('release', 'drill', '--yes')).code, 1, 'there is none any more');
});

test('flotilla halt: creates nothing and says what exists, when no portfolio has that name', async () => {
  const ended = await flotilla('halt', '--portfolio', 'mian', '--reason', 'a typo', '--timeout', '5');
  assert.equal(ended.code, 1);
  assert.match(
    ended.stderr,
    /found none named trading\/mian: no KillSwitch was created, and nothing is halted\n {2}Did you mean main\? Namespace trading has main\./,
  );
  assert.equal((await kubectl(['get', 'killswitches', '--output', 'name'])).trim(), '');
});

test('flotilla halt: claims nothing and fails, when no operator confirms the halt', async () => {
  const ended = await flotilla('halt', '--portfolio', 'main', '--reason', 'the operator is dead', '--name', 'unseen', '--timeout', '1');
  assert.equal(ended.code, 3);
  assert.doesNotMatch(ended.stdout, /nothing in its scope trades|Halted/);
  assert.match(ended.stderr, /the halt is not confirmed: the operator has not reported on the KillSwitch: orders may still pass/);
  assert.match((await flotilla('status')).stdout, /^unseen +Portfolios +CancelAndHold +Unconfirmed +the operator is dead$/m);
  assert.equal((await flotilla('release', 'unseen', '--yes')).code, 0);
});

test('flotilla halt: names the portfolio that is not confirmed and fails, when its exec does not report', async () => {
  const halting = flotilla(
    'halt',
    '--portfolio',
    'main',
    '--reason',
    'exec is away',
    '--name',
    'partial',
    '--timeout',
    '3',
    '--output',
    'json',
  );
  let early: Ended | undefined;
  void halting.then((ended) => (early = ended));
  const found = async (): Promise<boolean> => {
    assert.ok(early?.code !== 1, early?.stderr ?? '');
    return (await run(findBinary('kubectl'), ['get', 'killswitch', 'partial'])).code === 0;
  };
  await eventually('the KillSwitch is there', found, 30_000);
  const status = { state: 'Engaging', portfolioCount: 1, portfolios: [{ namespace: 'trading', name: 'main', phase: 'Closing' }] };
  await kubectl(['patch', 'killswitch', 'partial', '--subresource=status', '--type=merge', '--patch', JSON.stringify({ status })]);
  const ended = await halting;
  assert.equal(ended.code, 3);
  assert.match(ended.stderr, /portfolio trading\/main: exec has not confirmed that its order gate is closed/);
  const { complete, missing } = JSON.parse(ended.stdout) as { complete: boolean; missing: string[] };
  assert.deepEqual([complete, missing.length], [false, 1]);
  await kubectl(['delete', 'killswitch', 'partial']);
});

test('flotilla halt: both halts stand, when two come in the same second', async () => {
  const halts = ['one', 'two', 'three'].map((reason) => flotilla('halt', '--all', '--reason', reason, '--timeout', '1'));
  for (const { code, stderr } of await Promise.all(halts)) assert.equal(code, 3, stderr);
  const names = (await kubectl(['get', 'killswitches', '--output', 'name'])).trim().split('\n');
  assert.equal(new Set(names).size, 3, names.join(' '));
  await kubectl(['delete', 'killswitches', '--all']);
});

test('flotilla send: signs with the secret of the SignalSource, and says why it was refused', async () => {
  await apply('SignalSource', 'desk', { scheme: 'Hmac', secretRef: { name: 'desk-webhook' }, venue: 'desk', instruments: ['BTC-USD'] });
  const requests: { readonly path: string | undefined; readonly signature: unknown; readonly body: string }[] = [];
  const gateway = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({ path: request.url, signature: request.headers['x-signature'], body });
      response.writeHead(requests.length === 1 ? 202 : 429, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(requests.length === 1 ? { id: 'raw', corrId: 'raw' } : { error: 'WEBHOOK_RATE_LIMITED', message: 'too many' }),
      );
    });
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const address = gateway.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const send = (...more: readonly string[]) =>
    flotilla('--gateway-url', url, 'send', '--source', 'desk', '--instrument', 'BTC-USD', '--price', '611.870', '--signal', 'BUY', ...more);

  const missing = await send();
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /expected key secret in Secret desk-webhook of namespace trading, found none/);
  await kubectl([
    'create',
    'secret',
    'generic',
    'desk-webhook',
    '--namespace',
    'trading',
    '--from-literal=secret=a secret of tests, long enough',
  ]);
  const accepted = await send();
  assert.equal(accepted.stdout, 'Accepted: BUY BTC-USD at 611.870, corr_id raw\n', accepted.stderr);
  assert.equal(requests[0]?.path, '/webhook/desk');
  assert.equal(requests[0]?.body, '{"instrument":"BTC-USD","price":611.870,"signal":"BUY","strength":1}');
  assert.match(String(requests[0]?.signature), /^[0-9a-f]{64}$/);
  const limited = await send();
  assert.equal(limited.code, 1);
  assert.match(limited.stderr, /the gateway refused with 429: WEBHOOK_RATE_LIMITED: too many\n {2}The source's rate limit is reached/);
  assert.equal((await send('--strength', 'NaN')).code, 2);
  gateway.close();
});

const BINARY_SECRET = Buffer.from([0x00, 0xff, 0x80, ...Buffer.alloc(28, 0xfe), 0x0a]);

for (const { why, content, key } of [
  { why: 'that echo made', content: Buffer.from('a secret of tests, long enough\n'), key: Buffer.from('a secret of tests, long enough') },
  { why: 'of any bytes', content: BINARY_SECRET, key: BINARY_SECRET },
]) {
  test(`flotilla send: signs as the gateway checks, with a Secret and with a file ${why}`, async () => {
    const name = `bytes-${content.byteLength}-webhook`;
    await apply('SignalSource', name, { scheme: 'Hmac', secretRef: { name }, venue: 'desk', instruments: ['BTC-USD'] });
    const file = join(folder, name);
    writeFileSync(file, content);
    await kubectl(['create', 'secret', 'generic', name, '--namespace', 'trading', `--from-file=secret=${file}`]);
    const wrong: string[] = [];
    const gateway = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { 'x-timestamp': timestamp, 'x-nonce': nonce, 'x-signature': signature } = request.headers;
        const signed = Buffer.concat([Buffer.from(`${String(timestamp)}.${String(nonce)}.`), ...chunks]);
        if (createHmac('sha256', key).update(signed).digest('hex') !== signature) wrong.push(String(signature));
        response.writeHead(202, { 'content-type': 'application/json' }).end('{"id":"raw","corrId":"raw"}');
      });
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const address = gateway.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const alert = ['--source', name, '--instrument', 'BTC-USD', '--price', '611.870', '--signal', 'BUY'];
    for (const more of [[], ['--secret-file', file]]) {
      const ended = await flotilla('--gateway-url', url, 'send', ...alert, ...more);
      assert.equal(ended.code, 0, ended.stderr);
    }
    assert.deepEqual(wrong, []);
    gateway.close();
  });
}

test('flotilla send: names a secret file that it cannot read', async () => {
  const alert = ['--source', 'desk', '--instrument', 'BTC-USD', '--price', '1', '--signal', 'BUY'];
  const ended = await flotilla('--gateway-url', 'http://127.0.0.1:1', 'send', ...alert, '--secret-file', join(folder, 'absent'));
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /--secret-file: .*absent cannot be read \(ENOENT\)/);
});

test('flotilla status: shows the half that it can see, when NATS is away, and fails when both are', async () => {
  const half = await flotilla('--nats-url', 'nats://127.0.0.1:1', 'status');
  assert.equal(half.code, 3);
  assert.match(half.stdout, /^desk +Hmac +Unknown/m);
  assert.match(half.stdout, /^main +UNKNOWN( +-){5} /m);
  assert.match(half.stdout, /^Not known: NATS at nats:\/\/127\.0\.0\.1:1 cannot be reached/m);
  const none = await flotilla('--nats-url', 'nats://127.0.0.1:1', '--kubeconfig', '/nonexistent', 'status');
  assert.equal(none.code, 1);
  assert.doesNotMatch(none.stderr, /\n\s+at /, 'no stack trace');
});

test('flotilla audit events: lists events by action and principal, and lets no control character reach the terminal', async () => {
  const event = (id: string, action: string, details: Readonly<Record<string, string>>) =>
    publishEvent(bus, {
      type: 'audit.event',
      subject: subjects.audit('main'),
      event: {
        schemaVersion: 1,
        id,
        corrId: id,
        time: TIME,
        producer: { service: 'operator', revision: 'test' },
        portfolio: 'main',
        action,
        actor: 'operator/test',
        details,
      },
    });
  await event('a1', 'CONNECTION_ADMITTED', { principal: 'agent-main_btc', user: 'agent-main_btc (btc-0)', from: '10.0.0.7', count: '1' });
  await event('a2', 'CONNECTION_REFUSED', { from: '10.0.0.9', reason: 'red \u001b[31m', count: '3' });
  await event('a3', 'STRATEGY_RESUMED_AFTER_LEAK', { strategy: 'btc', person: 'alice', reason: 'repaired' });
  const all = await flotilla('audit', 'events');
  assert.equal(all.code, 0, all.stderr);
  assert.match(all.stdout, /^TIME +PORTFOLIO +ACTION +WHO +DETAILS$/m);
  assert.match(all.stdout, /main +CONNECTION_ADMITTED +agent-main_btc +count=1 {2}from=10\.0\.0\.7 {2}user=agent-main_btc \(btc-0\)$/m);
  assert.match(all.stdout, /CONNECTION_REFUSED +operator\/test +count=3 {2}from=10\.0\.0\.9 {2}reason=red \?\[31m$/m);
  assert.match(all.stdout, /STRATEGY_RESUMED_AFTER_LEAK +alice +reason=repaired {2}strategy=btc$/m);
  const refused = await flotilla('audit', 'events', '--action', 'CONNECTION_REFUSED', '--output', 'json');
  const found = JSON.parse(refused.stdout) as readonly { readonly id: string }[];
  assert.deepEqual(
    found.map(({ id }) => id),
    ['a2'],
  );
  assert.match((await flotilla('audit', 'events', '--principal', 'agent-main_eth')).stdout, /^No such events\.$/m);
  assert.equal((await flotilla('audit', 'events', '--portfolio', 'a.b')).code, 2);
});
