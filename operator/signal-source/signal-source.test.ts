/** Plan and status of SignalSources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewayStatus } from '@flotilla/contracts/control/gateway-status.ts';
import { gatewayConfigSchema } from '@flotilla/contracts/control/gateway-config.ts';
import { signalSourceSpecSchema, signalSourceStatusSchema, TRADING_VIEW_ADDRESSES } from '@flotilla/contracts/resources/signal-source.ts';
import { assertListed } from '../testing/assert-listed.ts';
import { makeObject, TEST_SETTINGS } from '../testing/objects.ts';
import { gatherSource } from './gather.ts';
import { gatewayConfig, gatewayHash, planGateway, podTemplateSource, type ServedSource } from './plan.ts';
import { type SignalSourceObservation, signalSourceStatus } from './status.ts';

const sourceOf = (name: string, spec: object): ServedSource => ({
  name,
  spec: signalSourceSpecSchema.parse({ venue: 'v', instruments: ['BTC-USD'], ...spec }),
  unknownFields: [],
});
const hmac = sourceOf('desk', { scheme: 'Hmac', secretRef: { name: 'desk-webhook' } });
const tradingView = sourceOf('charts', {
  scheme: 'TradingView',
  secretRef: { name: 'tv-webhook', key: 'token' },
  tradingView: { freshnessSeconds: 30, symbols: [{ symbol: 'COINBASE:BTCUSD', instrument: 'BTC-USD' }] },
});
const replay = sourceOf('replay', { scheme: 'Replay', replay: { datasets: ['b', 'a'] } });

const reportOf = (sources: GatewayStatus['sources'], fresh = true, normaliserProblem?: string): SignalSourceObservation['report'] => ({
  fresh,
  value: { schemaVersion: 1, gateway: 'flotilla-gateway', instance: 'a', sources, normaliserProblem, updatedAt: '2026-11-21T12:00:00Z' },
});

test('gatewayConfig: is what the gateway takes, sorted, with files instead of secrets', () => {
  const config = gatewayConfig([replay, hmac, tradingView]);
  assert.deepEqual(gatewayConfigSchema.parse(config), config);
  const common = { venue: 'v', instruments: ['BTC-USD'], ratePerSecond: 50, burst: 100 };
  assert.deepEqual(config.sources, [
    {
      ...common,
      name: 'charts',
      scheme: 'TradingView',
      secretFile: '../secrets/charts/token',
      sourceAddresses: [...TRADING_VIEW_ADDRESSES],
      freshnessMs: 30_000,
      symbols: [{ symbol: 'COINBASE:BTCUSD', instrument: 'BTC-USD' }],
    },
    { ...common, name: 'desk', scheme: 'Hmac', secretFile: '../secrets/desk/secret' },
    { ...common, name: 'replay', scheme: 'Replay', datasets: ['a', 'b'] },
  ]);
});

const ownBars = sourceOf('bars', {
  scheme: 'Replay',
  replay: {
    datasets: ['bars'],
    from: { configMap: { name: 'bars-dataset' } },
    format: {
      kind: 'Bars',
      barSeconds: 60,
      barTime: 'Close',
      delimiter: 'Semicolon',
      columns: { time: 'Date', symbol: 'Ticker' },
      timeZone: 'America/New_York',
      symbols: [{ symbol: 'XBTUSD', instrument: 'BTC-USD' }],
    },
  },
});
const ownTrades = sourceOf('trades', {
  scheme: 'Replay',
  replay: {
    datasets: ['trades'],
    from: { volumeClaim: { name: 'desk-dataset', path: '2018/april' } },
    format: { kind: 'Trades', time: 'EpochMicroseconds' },
  },
});

test('gatewayConfig: says where own data lies, relative to the sources file, and how its rows are written', () => {
  const config = gatewayConfig([ownTrades, ownBars]);
  assert.deepEqual(gatewayConfigSchema.parse(config), config);
  const common = { venue: 'v', instruments: ['BTC-USD'], ratePerSecond: 50, burst: 100, scheme: 'Replay' };
  assert.deepEqual(config.sources, [
    {
      ...common,
      name: 'bars',
      datasets: ['bars'],
      folder: '../datasets/bars',
      format: {
        kind: 'Bars',
        barMs: 60_000,
        barTime: 'Close',
        delimiter: ';',
        columns: { time: 'Date', symbol: 'Ticker' },
        time: 'Iso',
        timeZone: 'America/New_York',
        symbols: [{ symbol: 'XBTUSD', instrument: 'BTC-USD' }],
      },
    },
    {
      ...common,
      name: 'trades',
      datasets: ['trades'],
      folder: '../datasets/trades',
      path: '2018/april',
      format: { kind: 'Trades', delimiter: ',', columns: {}, time: 'EpochMicroseconds' },
    },
  ]);
});

test('planGateway: mounts the ConfigMap and the claim of own data read-only, each for its source, and goes on without a ConfigMap', () => {
  const deployment = planGateway([ownBars, ownTrades], TEST_SETTINGS).at(-2);
  assert.ok(deployment?.type === 'apply');
  const { template } = deployment.manifest['spec'] as {
    readonly template: {
      readonly spec: {
        readonly volumes: readonly { readonly name: string }[];
        readonly containers: readonly { readonly volumeMounts: readonly { readonly name: string }[] }[];
      };
    };
  };
  const isDataset = ({ name }: { readonly name: string }): boolean => name.startsWith('dataset-');
  assert.deepEqual(template.spec.volumes.filter(isDataset), [
    { name: 'dataset-bars', configMap: { name: 'bars-dataset', optional: true } },
    { name: 'dataset-trades', persistentVolumeClaim: { claimName: 'desk-dataset', readOnly: true } },
  ]);
  assert.deepEqual(template.spec.containers[0]?.volumeMounts.filter(isDataset), [
    { name: 'dataset-bars', mountPath: '/etc/flotilla/datasets/bars', readOnly: true },
    { name: 'dataset-trades', mountPath: '/etc/flotilla/datasets/trades', readOnly: true },
  ]);
});

for (const from of [{ configMap: { name: 'flotilla-gateway' } }, { volumeClaim: { name: 'flotilla-audit-key' } }]) {
  test(`gatherSource: does not serve a source that names ${JSON.stringify(from)}, whatever admission let through`, () => {
    const spec = { scheme: 'Replay', venue: 'v', instruments: ['BTC-USD'], replay: { datasets: ['a'], from } };
    const found = gatherSource(makeObject('SignalSource', 'own', spec));
    assert.ok(!found.ok);
    assert.match(found.message, /replay\.from\.(configMap|volumeClaim)\.name: .*-dataset/);
  });
}

const rowsCases = [
  { when: 'the gateway has not counted yet', rows: undefined, want: ['Unknown', 'RowsNotCounted'], says: /not yet counted/ },
  { when: 'each row is usable', rows: { usable: 28, refused: 0 }, want: ['True', 'AllRowsUsable'], says: /all 28 rows/ },
  {
    when: 'a row is refused',
    rows: { usable: 27, refused: 1, firstRefused: 'bars.csv line 7: close: found "NaN"' },
    want: ['False', 'RowsRefused'],
    says: /^1 of 28 rows of the datasets are refused; the first: bars\.csv line 7: close: found "NaN"$/,
  },
] as const;
for (const { when, rows, want, says } of rowsCases) {
  test(`signalSourceStatus: is Ready and tells the rows, when ${when}`, () => {
    const report = reportOf([{ name: 'bars', ...(rows === undefined ? {} : { rows }) }]);
    const object = makeObject('SignalSource', 'bars', ownBars.spec);
    const gateway = { state: 'Ready', message: '' } as const;
    const status = signalSourceStatus(
      { object, resolved: { ...ownBars, ok: true }, gateway, busProblem: undefined, report },
      TEST_SETTINGS,
      0,
    );
    assert.ok(signalSourceStatusSchema.safeParse(status).success, 'the CRD takes it');
    assertListed('SignalSource', status.conditions);
    assert.deepEqual(status.rows, rows);
    assert.equal(status.conditions?.[0]?.reason, 'Available');
    const found = status.conditions?.find(({ type }) => type === 'RowsUsable');
    assert.deepEqual([found?.status, found?.reason], want);
    assert.match(found?.message ?? '', says);
  });
}

test('gatherSource: does not serve a source that names another Secret of the namespace, whatever admission let through', () => {
  const spec = { scheme: 'Hmac', venue: 'v', instruments: ['BTC-USD'], secretRef: { name: 'flotilla-bus-root', key: 'root.nk' } };
  const found = gatherSource(makeObject('SignalSource', 'desk', spec));
  assert.ok(!found.ok);
  assert.equal(found.reason, 'SpecInvalid');
  assert.match(found.message, /secretRef\.name must end in -webhook/);
});

test('gatewayHash: changes with a source, not with the order of sources', () => {
  const hash = gatewayHash([hmac, replay]);
  assert.equal(gatewayHash([replay, hmac]), hash);
  assert.notEqual(gatewayHash([hmac]), hash);
});

test('planGateway: mounts a token for the bus and one for the normaliser, and each secret for its source alone, and puts no secret into a manifest', () => {
  const deployment = planGateway([hmac, replay], TEST_SETTINGS).at(-2);
  assert.ok(deployment?.type === 'apply');
  const { template } = deployment.manifest['spec'] as { readonly template: { readonly spec: { readonly volumes: unknown } } };
  const desk = [
    { key: 'secret', path: 'secret' },
    { key: 'next', path: '.next' },
  ];
  const tokenFor = (audience: string, path: string) => ({ serviceAccountToken: { audience, expirationSeconds: 3_600, path } });
  const tokens = [tokenFor('flotilla-bus', 'token'), tokenFor('flotilla-bus-normaliser', 'normaliser-token')];
  assert.deepEqual(template.spec.volumes, [
    { name: 'bus-token', projected: { sources: tokens } },
    { name: 'sources', configMap: { name: 'flotilla-gateway' } },
    { name: 'store-login', secret: { secretName: 'flotilla-redis-gateway' } },
    { name: 'secret-desk', secret: { secretName: 'desk-webhook', items: desk, optional: true } },
  ]);
});

test('planGateway: serves health and metrics on another port than webhooks, which only monitoring reaches', () => {
  const intents = planGateway([hmac], TEST_SETTINGS);
  const policy = intents.find((intent) => intent.type === 'apply' && intent.resource.kind === 'NetworkPolicy');
  const deployment = intents.at(-2);
  assert.ok(policy?.type === 'apply' && deployment?.type === 'apply');
  const { ingress } = policy.manifest['spec'] as { readonly ingress: readonly { readonly from?: unknown; readonly ports: unknown }[] };
  assert.deepEqual(
    ingress.map(({ from, ports }) => [from !== undefined, ports]),
    [
      [true, [{ protocol: 'TCP', port: 8006 }]],
      [false, [{ protocol: 'TCP', port: 8001 }]],
    ],
  );
  assert.ok(JSON.stringify(deployment.manifest).includes('{"name":"HEALTH_PORT","value":"8006"}'));
  assert.equal(deployment.whole, true);
});

test('planGateway: opens a node port, when the settings name one', () => {
  const service = planGateway([hmac], { ...TEST_SETTINGS, gatewayNodePort: 30_001 }).find(
    (intent) => intent.type === 'apply' && intent.resource.kind === 'Service',
  );
  assert.ok(service?.type === 'apply');
  const { type, ports } = service.manifest['spec'] as { readonly type: string; readonly ports: readonly { readonly nodePort?: number }[] };
  assert.deepEqual([type, ports[0]?.nodePort], ['NodePort', 30_001]);
});

test('signalSourceStatus: says where to send, and never the secret', () => {
  const object = makeObject('SignalSource', 'charts', tradingView.spec);
  const status = signalSourceStatus(
    {
      object,
      resolved: { ...tradingView, ok: true },
      gateway: { state: 'Ready', message: '' },
      busProblem: undefined,
      report: reportOf([{ name: 'charts' }]),
    },
    TEST_SETTINGS,
    0,
  );
  assert.ok(signalSourceStatusSchema.safeParse(status).success, 'the CRD takes it');
  assert.equal(status.path, '/webhook/charts/<secret>');
  assert.equal(status.conditions?.[0]?.reason, 'Listening');
});

const served = { busProblem: undefined, report: reportOf([{ name: 'desk' }]) };
const noSecret = { reason: 'SecretMissing', message: 'no Secret' } as const;
const invalid = { ok: false, reason: 'SpecInvalid', message: 'spec' } as const;
const conditions: readonly {
  readonly when: string;
  readonly given: Partial<Parameters<typeof signalSourceStatus>[0]>;
  readonly want: Readonly<Record<'SecretFound' | 'GatewayReady', readonly [string, string]>>;
}[] = [
  { when: 'all is well', given: {}, want: { SecretFound: ['True', 'Found'], GatewayReady: ['True', 'Ready'] } },
  {
    when: 'the gateway does not find its Secret',
    given: { report: reportOf([{ name: 'desk', problem: noSecret }]) },
    want: { SecretFound: ['False', 'SecretMissing'], GatewayReady: ['True', 'Ready'] },
  },
  {
    when: 'the gateway accepts two secrets',
    given: { report: reportOf([{ name: 'desk', acceptsNext: true }]) },
    want: { SecretFound: ['True', 'Found'], GatewayReady: ['True', 'Ready'] },
  },
  {
    when: 'the gateway has not taken it up yet',
    given: { report: reportOf([{ name: 'other' }]) },
    want: { SecretFound: ['Unknown', 'GatewayStarting'], GatewayReady: ['True', 'Ready'] },
  },
  {
    when: 'the gateway reports a problem that is not about its Secret',
    given: { report: reportOf([{ name: 'desk', problem: { reason: 'AddressInvalid', message: 'no address' } }]) },
    want: { SecretFound: ['True', 'Found'], GatewayReady: ['True', 'Ready'] },
  },
  {
    when: 'its spec cannot be read',
    given: { resolved: invalid },
    want: { SecretFound: ['Unknown', 'SpecInvalid'], GatewayReady: ['True', 'Ready'] },
  },
  {
    when: 'it is a replay and the gateway starts',
    given: { resolved: { ...replay, ok: true }, gateway: { state: 'Starting', message: '0 of 1' } },
    want: { SecretFound: ['True', 'NotNeeded'], GatewayReady: ['False', 'GatewayStarting'] },
  },
  {
    when: 'the gateway runs and has never reported',
    given: { report: undefined },
    want: { SecretFound: ['Unknown', 'GatewaySilent'], GatewayReady: ['Unknown', 'GatewaySilent'] },
  },
  {
    when: 'the gateway runs and has fallen silent',
    given: { report: reportOf([{ name: 'desk' }], false) },
    want: { SecretFound: ['Unknown', 'GatewaySilent'], GatewayReady: ['Unknown', 'GatewaySilent'] },
  },
  {
    when: 'the bus is away, so that no report can arrive',
    given: { report: reportOf([{ name: 'desk' }], false), busProblem: { reason: 'BusUnavailable', message: 'NATS does not answer' } },
    want: { SecretFound: ['Unknown', 'BusUnavailable'], GatewayReady: ['Unknown', 'BusUnavailable'] },
  },
  {
    when: 'the API server refuses the gateway’s node port',
    given: { refusal: { state: 'Stalled', reason: 'WriteRefused', message: 'provided port is already allocated' } },
    want: { SecretFound: ['Unknown', 'WriteRefused'], GatewayReady: ['False', 'WriteRefused'] },
  },
];
for (const { when, given, want } of conditions) {
  test(`signalSourceStatus: has its conditions from the first visit, when ${when}`, () => {
    const object = makeObject('SignalSource', 'desk', hmac.spec);
    const observation = {
      object,
      resolved: { ...hmac, ok: true as const },
      gateway: { state: 'Ready' as const, message: '' },
      ...served,
      ...given,
    };
    const status = signalSourceStatus(observation, TEST_SETTINGS, 0);
    assert.ok(signalSourceStatusSchema.safeParse(status).success, 'the CRD takes it');
    assertListed('SignalSource', status.conditions);
    for (const [type, expected] of Object.entries(want)) {
      const found = status.conditions?.find((condition) => condition.type === type);
      assert.deepEqual([found?.status, found?.reason], expected, type);
    }
  });
}

const verdicts: readonly {
  readonly when: string;
  readonly given: Partial<SignalSourceObservation>;
  readonly want: readonly [string, string];
}[] = [
  { when: 'the gateway serves it', given: { report: reportOf([{ name: 'desk' }]) }, want: ['Ready', 'Listening'] },
  {
    when: 'the gateway leaves it out',
    given: { report: reportOf([{ name: 'desk', problem: { reason: 'SecretEmpty', message: 'the secret is empty' } }]) },
    want: ['Stalled', 'SecretEmpty'],
  },
  { when: 'the gateway has not read it yet', given: { report: reportOf([{ name: 'other' }]) }, want: ['Reconciling', 'GatewayStarting'] },
  { when: 'the gateway runs and has never reported', given: { report: undefined }, want: ['Reconciling', 'GatewaySilent'] },
  {
    when: 'the normaliser of the gateway does not reach NATS',
    given: { report: reportOf([{ name: 'desk' }], true, 'not connected to NATS') },
    want: ['Reconciling', 'NormaliserAway'],
  },
  {
    when: 'the gateway leaves it out, and its normaliser does not reach NATS either',
    given: {
      report: reportOf([{ name: 'desk', problem: { reason: 'SecretEmpty', message: 'the secret is empty' } }], true, 'not connected'),
    },
    want: ['Stalled', 'SecretEmpty'],
  },
  { when: 'the gateway has fallen silent', given: { report: reportOf([{ name: 'desk' }], false) }, want: ['Reconciling', 'GatewaySilent'] },
  {
    when: 'the bus is away, and with it the gateway',
    given: { gateway: { state: 'Starting', message: '0 of 1' }, busProblem: { reason: 'BusUnavailable', message: 'NATS does not answer' } },
    want: ['Reconciling', 'BusUnavailable'],
  },
];
for (const { when, given, want } of verdicts) {
  test(`signalSourceStatus: is ${want.join(' for ')}, when ${when}`, () => {
    const object = makeObject('SignalSource', 'desk', hmac.spec);
    const observation = {
      object,
      resolved: { ...hmac, ok: true as const },
      gateway: { state: 'Ready' as const, message: '' },
      ...served,
      ...given,
    };
    const { conditions = [] } = signalSourceStatus(observation, TEST_SETTINGS, 0);
    assertListed('SignalSource', conditions);
    const held = conditions.find(({ type, status }) => ['Ready', 'Reconciling', 'Stalled'].includes(type) && status === 'True');
    assert.deepEqual([held?.type, held?.reason], want);
  });
}

const placed = (name: string): ServedSource =>
  sourceOf(name, { scheme: 'Replay', replay: { datasets: ['a'] }, podTemplate: { nodeSelector: { zone: name } } });

test('planGateway: takes the pod template of the first source by name that has one', () => {
  const deployment = planGateway([placed('c'), replay, placed('b'), hmac], TEST_SETTINGS).at(-2);
  assert.ok(deployment?.type === 'apply');
  const { template } = deployment.manifest['spec'] as { readonly template: { readonly spec: { readonly nodeSelector?: unknown } } };
  assert.deepEqual(template.spec.nodeSelector, { zone: 'b' });
});

for (const [of, want] of [
  [placed('b'), { status: 'True', reason: 'InForce' }],
  [placed('c'), { status: 'False', reason: 'AnotherDecides' }],
  [replay, undefined],
] as const) {
  test(`signalSourceStatus: tells ${of.name} whether its pod template is in force: ${want?.reason ?? 'it has none'}`, () => {
    const { conditions = [] } = signalSourceStatus(
      {
        object: makeObject('SignalSource', of.name, of.spec),
        resolved: { ...of, ok: true },
        gateway: { state: 'Ready', message: '' },
        busProblem: undefined,
        report: reportOf([{ name: of.name }]),
        podTemplateFrom: podTemplateSource([placed('c'), placed('b')])?.name,
      },
      TEST_SETTINGS,
      0,
    );
    assertListed('SignalSource', conditions);
    const found = conditions.find(({ type }) => type === 'PodTemplateInForce');
    assert.deepEqual(found && { status: found.status, reason: found.reason }, want);
    if (want?.status === 'False') assert.match(found?.message ?? '', /SignalSource b /);
  });
}
