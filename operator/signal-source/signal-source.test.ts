/** Plan and status of SignalSources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewayStatus } from '@flotilla/contracts/control/gateway-status.ts';
import { gatewayConfigSchema } from '@flotilla/contracts/control/gateway-config.ts';
import { signalSourceSpecSchema, signalSourceStatusSchema, TRADING_VIEW_ADDRESSES } from '@flotilla/contracts/resources/signal-source.ts';
import { assertListed } from '../testing/assert-listed.ts';
import { makeObject, TEST_SETTINGS } from '../testing/objects.ts';
import { gatewayConfig, gatewayHash, planGateway, podTemplateSource, type ServedSource } from './plan.ts';
import { type SignalSourceObservation, signalSourceStatus } from './status.ts';

const sourceOf = (name: string, spec: object, secretVersion?: string): ServedSource => ({
  name,
  spec: signalSourceSpecSchema.parse({ venue: 'v', instruments: ['BTC-USD'], ...spec }),
  unknownFields: [],
  secretVersion,
});
const hmac = sourceOf('desk', { scheme: 'Hmac', secretRef: { name: 'desk-webhook' } }, '7');
const tradingView = sourceOf(
  'charts',
  {
    scheme: 'TradingView',
    secretRef: { name: 'tv', key: 'token' },
    tradingView: { freshnessSeconds: 30, symbols: [{ symbol: 'COINBASE:BTCUSD', instrument: 'BTC-USD' }] },
  },
  '8',
);
const replay = sourceOf('replay', { scheme: 'Replay', replay: { datasets: ['b', 'a'] } });

const reportOf = (sources: GatewayStatus['sources'], fresh = true): SignalSourceObservation['report'] => ({
  fresh,
  value: { schemaVersion: 1, gateway: 'flotilla-gateway', instance: 'a', sources, updatedAt: '2026-11-21T12:00:00Z' },
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

test('gatewayHash: changes with a source or a secret, not with their order', () => {
  const hash = gatewayHash([hmac, replay]);
  assert.equal(gatewayHash([replay, hmac]), hash);
  assert.notEqual(gatewayHash([hmac]), hash);
  assert.notEqual(gatewayHash([{ ...hmac, secretVersion: '9' }, replay]), hash);
});

test('planGateway: mounts the token for the bus and each secret for its source alone, and puts no secret into a manifest', () => {
  const deployment = planGateway([hmac, replay], TEST_SETTINGS).at(-2);
  assert.ok(deployment?.type === 'apply');
  const { template } = deployment.manifest['spec'] as { readonly template: { readonly spec: { readonly volumes: unknown } } };
  const serviceAccountToken = { audience: 'flotilla-bus', expirationSeconds: 3_600, path: 'token' };
  assert.deepEqual(template.spec.volumes, [
    { name: 'bus-token', projected: { sources: [{ serviceAccountToken }] } },
    { name: 'sources', configMap: { name: 'flotilla-gateway' } },
    { name: 'secret-desk', secret: { secretName: 'desk-webhook', items: [{ key: 'secret', path: 'secret' }], optional: true } },
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
const missing = { ok: false, reason: 'SecretNotFound', message: 'no Secret' } as const;
const invalid = { ok: false, reason: 'SpecInvalid', message: 'spec' } as const;
const conditions: readonly {
  readonly when: string;
  readonly given: Partial<Parameters<typeof signalSourceStatus>[0]>;
  readonly want: Readonly<Record<'SecretFound' | 'GatewayReady', readonly [string, string]>>;
}[] = [
  { when: 'all is well', given: {}, want: { SecretFound: ['True', 'Found'], GatewayReady: ['True', 'Ready'] } },
  {
    when: 'its Secret is missing',
    given: { resolved: missing },
    want: { SecretFound: ['False', 'SecretNotFound'], GatewayReady: ['True', 'Ready'] },
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
    want: { SecretFound: ['True', 'Found'], GatewayReady: ['Unknown', 'GatewaySilent'] },
  },
  {
    when: 'the gateway runs and has fallen silent',
    given: { report: reportOf([{ name: 'desk' }], false) },
    want: { SecretFound: ['True', 'Found'], GatewayReady: ['Unknown', 'GatewaySilent'] },
  },
  {
    when: 'the bus is away, so that no report can arrive',
    given: { report: reportOf([{ name: 'desk' }], false), busProblem: { reason: 'BusUnavailable', message: 'NATS does not answer' } },
    want: { SecretFound: ['True', 'Found'], GatewayReady: ['Unknown', 'BusUnavailable'] },
  },
  {
    when: 'the API server refuses the gateway’s node port',
    given: { refusal: { state: 'Stalled', reason: 'WriteRefused', message: 'provided port is already allocated' } },
    want: { SecretFound: ['True', 'Found'], GatewayReady: ['False', 'WriteRefused'] },
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
