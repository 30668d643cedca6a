/** Applies the generated CRDs to a real API server and checks accepted and refused objects, with the messages of the refusals. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type ResourceKind, RESOURCES } from '@flotilla/contracts/resources/catalogue.ts';
import { API_GROUP_VERSION, type ResourceDefinition } from '@flotilla/contracts/resources/definition.ts';
import { type Cluster, type KubeManifest, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { findBinary } from '@flotilla/runtime/testing/find-binary.ts';
import { customResourceDefinition } from './generate.ts';

type Json = Readonly<Record<string, unknown>>;

const NAMESPACE = 'trading';
const run = promisify(execFile);
/** Folder for the discovery cache of kubectl, so that the test does not write to the home of a user. */
const cache = mkdtempSync(join(tmpdir(), 'flotilla-kubectl-'));
const kubectlFlags = () => ['--kubeconfig', server.kubeconfigPath, '--cache-dir', cache];
let server: TestApiServer;
let cluster: Cluster;

before(async () => {
  server = await startTestApiServer();
  cluster = server.connect();
  await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  for (const resource of RESOURCES) {
    const definition = customResourceDefinition(resource) as unknown as KubeManifest;
    await cluster.apply(KUBERNETES_TYPES.customResourceDefinition, definition, { fieldManager: 'test' });
  }
  for (const resource of RESOURCES) {
    await eventually(`${resource.plural} are served`, async () => {
      await cluster.list(typeOf(resource.kind));
      return true;
    });
  }
});
after(async () => {
  await server.stop();
  rmSync(cache, { recursive: true, force: true });
});

const VALID: Readonly<Record<ResourceKind, Json>> = {
  Portfolio: {
    baseCurrency: 'USD',
    venue: { type: 'Paper', paper: { startingCash: '1000000', takerFeeBps: 5 } },
    riskPolicyRef: { name: 'conservative' },
  },
  Strategy: {
    portfolioRef: { name: 'main' },
    agent: { builtIn: 'Momentum' },
    parameters: { fastBars: 10, quantity: '0.5', allowShort: true },
    instruments: ['BTC-USD'],
    capital: { maxNotional: '100000' },
  },
  RiskPolicy: {
    order: { maxNotional: '50000', priceCollarBps: 100, maxMessagesPerSecond: 20 },
    position: { maxNotional: '200000' },
    portfolio: { maxGrossNotional: '500000', maxLeverage: '2.0', maxDailyLoss: '25000' },
  },
  AgentRole: {
    signals: { venues: ['coinbase'], instruments: ['BTC-USD'] },
    publications: 'Quarantine',
    hosts: [{ cidr: '203.0.113.7/32', ports: [443], purpose: 'prices of the sponsor' }],
  },
  SignalSource: { scheme: 'Hmac', secretRef: { name: 'desk-webhook' }, venue: 'desk', instruments: ['BTC-USD'] },
  KillSwitch: { scope: { type: 'All' }, reason: 'drill' },
};

/** An AgentRole with one host. */
function hostOf(cidr: string, change: Json = {}): { readonly hosts: readonly Json[] } {
  return { hosts: [{ cidr, ports: [443], purpose: 'prices', ...change }] };
}

const refused: readonly {
  readonly reason: string;
  readonly kind: ResourceKind;
  readonly spec: Json;
  readonly message: RegExp;
  readonly name?: string;
}[] = [
  ...(
    [
      ['a list of venues says something', { signals: { venues: [] } }, /spec\.signals\.venues in body should have at least 1 items/],
      [
        'a list of instruments says something',
        { signals: { instruments: [] } },
        /spec\.signals\.instruments in body should have at least 1/,
      ],
      ['no venue twice', { signals: { venues: ['nyse', 'nyse'] } }, /spec\.signals\.venues\[1\]: Duplicate value: "nyse"/],
      ['no instrument twice', { signals: { instruments: ['A', 'A'] } }, /spec\.signals\.instruments\[1\]: Duplicate value: "A"/],
      [
        'a venue is one token, so no role reaches JetStream',
        { signals: { venues: ['$JS.API.>'] } },
        /spec\.signals\.venues\[0\].*should match/,
      ],
      ['a venue is not a wildcard', { signals: { venues: ['*'] } }, /spec\.signals\.venues\[0\].*should match/],
      ['an instrument is not an inbox', { signals: { instruments: ['_INBOX.x'] } }, /spec\.signals\.instruments\[0\].*should match/],
      [
        'an instrument is not a subject of the server',
        { signals: { instruments: ['$SYS'] } },
        /spec\.signals\.instruments\[0\].*should match/,
      ],
      ['publications have four ways', { publications: 'Elsewhere' }, /supported values: "Deliver", "Proposals", "Quarantine", "Nothing"/],
      ['what nothing enforces has no field', { redis: {} }, /unknown field "spec\.redis"/],
      ['a host has a purpose', hostOf('203.0.113.7/32', { purpose: '' }), /spec\.hosts\[0\]\.purpose/],
      ['a host has a port', hostOf('203.0.113.7/32', { ports: [] }), /spec\.hosts\[0\]\.ports.*at least 1 items/],
      ['no port twice', hostOf('203.0.113.7/32', { ports: [443, 443] }), /spec\.hosts\[0\]\.ports\[1\]: Duplicate value/],
      [
        'no host twice',
        { hosts: [...hostOf('203.0.113.7/32').hosts, ...hostOf('203.0.113.7/32').hosts] },
        /spec\.hosts\[1\]: Duplicate value/,
      ],
      ['not every address', hostOf('0.0.0.0/0'), /too wide: expected a prefix of at least \/16/],
      ['not every IPv6 address', hostOf('::/0'), /too wide/],
      ['not half of all addresses', hostOf('128.0.0.0/1'), /too wide/],
      ['not the metadata service of a cloud', hostOf('169.254.169.254/32'), /metadata services of clouds cannot be opened/],
      ['not a range around link-local addresses', hostOf('169.254.0.0/16'), /link-local addresses/],
      ['not IPv6 link-local addresses', hostOf('fe80::1/128'), /link-local addresses/],
      ['not the metadata service of a cloud over IPv6', hostOf('fd00:ec2::254/128'), /metadata services/],
      ['not the metadata service of another cloud', hostOf('168.63.129.16/32'), /metadata services/],
      ['not an IPv4 address in IPv6 form', hostOf('::ffff:a9fe:a9fe/128'), /expected a range of addresses/],
      ['no bits behind the prefix', hostOf('203.0.113.7/24'), /expected a range of addresses without bits behind its prefix/],
      ['a name is not an address', hostOf('example.com/32'), /spec\.hosts\[0\]\.cidr.*should match/],
    ] as const
  ).map(([reason, spec, message]) => ({ reason: `AgentRole: ${reason}`, kind: 'AgentRole' as const, spec, message })),
  {
    reason: 'an unknown field is named',
    kind: 'RiskPolicy',
    spec: { ...VALID.RiskPolicy, execution: {} },
    message: /unknown field "spec\.execution"/,
  },
  {
    reason: 'a limit that exec does not enforce has no field',
    kind: 'RiskPolicy',
    spec: { ...VALID.RiskPolicy, portfolio: { ...(VALID.RiskPolicy['portfolio'] as Json), maxPortfolioVar: '1' } },
    message: /unknown field "spec\.portfolio\.maxPortfolioVar"/,
  },
  {
    reason: 'zero is not a limit',
    kind: 'RiskPolicy',
    spec: { ...VALID.RiskPolicy, position: { maxNotional: '0' } },
    message: /spec\.position\.maxNotional/,
  },
  {
    reason: 'amounts are text',
    kind: 'RiskPolicy',
    spec: { ...VALID.RiskPolicy, position: { maxNotional: 200000 } },
    message: /must be of type string/,
  },
  {
    reason: 'a number with an exponent is not a plain decimal',
    kind: 'RiskPolicy',
    spec: { ...VALID.RiskPolicy, position: { maxNotional: '1e5' } },
    message: /should match/,
  },
  {
    reason: '17 digits do not survive every peer',
    kind: 'RiskPolicy',
    spec: { ...VALID.RiskPolicy, position: { maxNotional: '12345678901234.567' } },
    message: /at most 15 significant digits/,
  },
  {
    reason: 'a name is part of subjects',
    kind: 'RiskPolicy',
    spec: VALID.RiskPolicy,
    name: 'a.b',
    message: /becomes part of bus subjects/,
  },
  {
    reason: 'a name has to fit a subject token',
    kind: 'Strategy',
    spec: VALID.Strategy,
    name: 'a'.repeat(29),
    message: /at most 28 lower-case letters/,
  },
  {
    reason: 'a currency is a code',
    kind: 'Portfolio',
    spec: { ...VALID.Portfolio, baseCurrency: 'dollars' },
    message: /spec\.baseCurrency/,
  },
  {
    reason: 'only venues that exist',
    kind: 'Portfolio',
    spec: { ...VALID.Portfolio, venue: { type: 'Live' } },
    message: /supported values: "Paper"/,
  },
  {
    reason: 'two definitions of one instrument',
    kind: 'Portfolio',
    spec: {
      ...VALID.Portfolio,
      instruments: [
        { symbol: 'X', tickSize: '1', lotSize: '1' },
        { symbol: 'X', tickSize: '2', lotSize: '1' },
      ],
    },
    message: /Duplicate value/,
  },
  {
    reason: 'no instrument, nothing to trade',
    kind: 'Strategy',
    spec: { ...VALID.Strategy, instruments: [] },
    message: /at least 1 items/,
  },
  { reason: 'an instrument twice', kind: 'Strategy', spec: { ...VALID.Strategy, instruments: ['A', 'A'] }, message: /Duplicate value/ },
  { reason: 'a dot would split a subject', kind: 'Strategy', spec: { ...VALID.Strategy, instruments: ['A.B'] }, message: /should match/ },
  {
    reason: 'a state that does not exist',
    kind: 'Strategy',
    spec: { ...VALID.Strategy, desiredState: 'Stopped' },
    message: /supported values: "Running", "Paused", "Halted"/,
  },
  {
    reason: 'too many parameters',
    kind: 'Strategy',
    spec: { ...VALID.Strategy, parameters: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`p${index}`, index])) },
    message: /must have at most 32/,
  },
  {
    reason: 'a signed webhook needs a secret',
    kind: 'SignalSource',
    spec: { scheme: 'Hmac', venue: 'v', instruments: ['A'] },
    message: /secretRef is required for the schemes Hmac and TradingView/,
  },
  {
    reason: 'a replay has no secret',
    kind: 'SignalSource',
    spec: { scheme: 'Replay', venue: 'v', instruments: ['A'], replay: { datasets: ['d'] }, secretRef: { name: 's-webhook' } },
    message: /secretRef has no meaning for the scheme Replay/,
  },
  {
    reason: 'a source may name no other Secret of the namespace',
    kind: 'SignalSource',
    spec: { scheme: 'Hmac', venue: 'v', instruments: ['A'], secretRef: { name: 'flotilla-bus-root', key: 'root.nk' } },
    message: /secretRef\.name must end in -webhook/,
  },
  {
    reason: 'a replay needs datasets',
    kind: 'SignalSource',
    spec: { scheme: 'Replay', venue: 'v', instruments: ['A'] },
    message: /replay is required for the scheme Replay/,
  },
  {
    reason: 'settings of another scheme',
    kind: 'SignalSource',
    spec: { ...VALID.SignalSource, tradingView: {} },
    message: /tradingView belongs to the scheme TradingView alone/,
  },
  {
    reason: 'a symbol of an instrument that the source may not speak of',
    kind: 'SignalSource',
    spec: { ...VALID.SignalSource, scheme: 'TradingView', tradingView: { symbols: [{ symbol: 'BTCUSD', instrument: 'ETH-USD' }] } },
    message: /every instrument of tradingView\.symbols must be one of spec\.instruments/,
  },
  {
    reason: 'a burst below the rate',
    kind: 'SignalSource',
    spec: { ...VALID.SignalSource, rate: { perSecond: 10, burst: 5 } },
    message: /rate\.burst must be at least rate\.perSecond/,
  },
  { reason: 'a halt needs a reason', kind: 'KillSwitch', spec: { scope: { type: 'All' } }, message: /spec\.reason: Required value/ },
  {
    reason: 'a mode that exec cannot carry out',
    kind: 'KillSwitch',
    spec: { ...VALID.KillSwitch, mode: 'Flatten' },
    message: /supported values: "ReduceOnly", "CancelAndHold"/,
  },
  {
    reason: 'a scope without its list',
    kind: 'KillSwitch',
    spec: { ...VALID.KillSwitch, scope: { type: 'Portfolios' } },
    message: /scope\.portfolios is required for the type Portfolios/,
  },
  {
    reason: 'a list that the scope does not use',
    kind: 'KillSwitch',
    spec: { ...VALID.KillSwitch, scope: { type: 'All', namespaces: ['a'] } },
    message: /scope\.namespaces is required for the type Namespaces/,
  },
];

for (const resource of RESOURCES) {
  test(`${resource.plural}: takes the documented shape`, async () => {
    await create(resource.kind, 'valid', VALID[resource.kind]);
  });
}

for (const { reason, kind, spec, message, name = 'refused' } of refused) {
  test(`${kind}: is refused, ${reason}`, async () => {
    await assert.rejects(create(kind, name, spec), (error: Error) => {
      assert.match(error.message, message);
      return true;
    });
  });
}

test('defaults: are filled in by the API server', async () => {
  const portfolio = await cluster.get<{ metadata: { name: string }; spec: Json }>(typeOf('Portfolio'), {
    namespace: NAMESPACE,
    name: 'valid',
  });
  assert.deepEqual(portfolio.spec['decision'], { mode: 'Direct' });
  assert.deepEqual(portfolio.spec['venue'], {
    type: 'Paper',
    paper: { startingCash: '1000000', takerFeeBps: 5, makerFeeBps: 0, latencyMs: 0 },
  });
  const source = await cluster.get<{ metadata: { name: string }; spec: Json }>(typeOf('SignalSource'), {
    namespace: NAMESPACE,
    name: 'valid',
  });
  assert.deepEqual(source.spec['rate'], { perSecond: 50, burst: 100 });
});

const immutable: readonly { readonly kind: ResourceKind; readonly patch: Json; readonly message: RegExp }[] = [
  { kind: 'Strategy', patch: { portfolioRef: { name: 'other' } }, message: /portfolioRef cannot be changed/ },
  { kind: 'Portfolio', patch: { baseCurrency: 'EUR' }, message: /baseCurrency cannot be changed/ },
  { kind: 'Portfolio', patch: { venue: { paper: { startingCash: '2' } } }, message: /startingCash cannot be changed/ },
  { kind: 'KillSwitch', patch: { mode: 'ReduceOnly' }, message: /the spec of a KillSwitch cannot be changed/ },
];
for (const { kind, patch, message } of immutable) {
  test(`${kind}: cannot be changed in ${Object.keys(patch).join(', ')}`, async () => {
    const address = { name: 'valid', ...(kind === 'KillSwitch' ? {} : { namespace: NAMESPACE }) };
    await assert.rejects(cluster.patch(typeOf(kind), address, { spec: patch }), (error: Error) => {
      assert.match(error.message, message);
      return true;
    });
  });
}

test('kubectl explain: reads as documentation, down to the last field', async () => {
  const { stdout } = await run(findBinary('kubectl'), [...kubectlFlags(), 'explain', 'strategy.spec', '--recursive=false']);
  for (const field of ['portfolioRef', 'agent', 'parameters', 'instruments', 'capital', 'desiredState'])
    assert.match(stdout, new RegExp(`  ${field}\t`));
  assert.match(stdout, /Running: the strategy trades\.\s+Paused:\s+the\s+agent\s+is stopped/);
  assert.doesNotMatch(stdout, /<no description>/);
});

test('category: lists every kind by one word', async () => {
  const { stdout } = await run(findBinary('kubectl'), [...kubectlFlags(), 'get', 'flotilla', '-n', NAMESPACE, '-o', 'name']);
  for (const resource of RESOURCES) assert.match(stdout, new RegExp(`${resource.singular}\\.flotilla\\.dev/valid`));
});

function typeOf(kind: ResourceKind) {
  const { plural, scope }: ResourceDefinition = RESOURCES.find((resource) => resource.kind === kind) ?? assert.fail(kind);
  return { apiVersion: API_GROUP_VERSION, kind, plural, namespaced: scope === 'Namespaced' };
}

function create(kind: ResourceKind, name: string, spec: Json): Promise<unknown> {
  const type = typeOf(kind);
  const metadata = { name, ...(type.namespaced ? { namespace: NAMESPACE } : {}) };
  return cluster.create(type, { apiVersion: API_GROUP_VERSION, kind, metadata, spec });
}
