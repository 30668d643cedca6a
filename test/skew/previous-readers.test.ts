/**
 * Shows which records of this version the strict readers of the previous version read, which they refuse, and that
 * docs/how-to/upgrade.md names the fields. `previous/records.json` holds the schemas of the previous version and its commit.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AgentStatus, agentStatusSchema, type ExecStatus, execStatusSchema } from '@flotilla/contracts/control/exec-status.ts';
import { gatewayConfig } from '@flotilla/operator/signal-source/plan.ts';
import { portfolio, riskPolicy, strategy } from '@flotilla/operator/testing/objects.ts';
import { signalSourceSpecSchema } from '@flotilla/contracts/resources/signal-source.ts';
import { z } from 'zod';
import { execConfig, fleetInstruments, released } from '../fleet/fleet-config.ts';
import { recordSchemas, refusals, type RecordSchema } from './record-schemas.ts';

const previous = JSON.parse(readFileSync(join(import.meta.dirname, 'previous/records.json'), 'utf8')) as {
  readonly commit: string;
  readonly schemas: Readonly<Record<string, RecordSchema>>;
};
const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/upgrade.md'), 'utf8');

/** By record: what a reader of the previous version may refuse. A record that is not here is read whatever this version writes. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  ExecConfig: ['generation'],
  ExecStatus: ['configProblem', 'haltGeneration', 'haltProblem', 'lastCrash', 'newestConfig', 'strategies.*.problem'],
  AgentStatus: ['problem'],
  GatewayConfig: ['sources.*.folder', 'sources.*.format', 'sources.*.path', 'sources.*.symbols'],
  'Portfolio.spec': ['podTemplate'],
  'Strategy.spec': ['agentRoleRef', 'podTemplate'],
  'SignalSource.spec': ['podTemplate', 'replay.format', 'replay.from', 'secretRef.nextKey', 'tradingView.symbols'],
};

/** Kinds that the previous version does not have, so that no reader of it meets them. */
const NEW_RECORDS: readonly string[] = ['AgentRole.spec'];

for (const [record, current] of Object.entries(recordSchemas()).filter(([name]) => !NEW_RECORDS.includes(name))) {
  const expected = REFUSED[record] ?? [];
  test(`${record}: the previous version refuses ${expected.length === 0 ? 'nothing' : `only ${expected.join(', ')}`}`, () => {
    const before = previous.schemas[record] ?? assert.fail(`no schema of ${record} in previous/records.json`);
    assert.deepEqual(refusals(before, current), expected, 'a new field: add it here and to docs/how-to/upgrade.md');
  });
}

test('upgrade.md: names the commit of the previous version and every field that its readers refuse', () => {
  assert.ok(page.includes(previous.commit.slice(0, 7)), 'the commit');
  for (const field of Object.values(REFUSED).flat()) assert.ok(page.includes(`\`${field}\``), field);
});

const NOW = '2026-11-28T12:00:00.000Z';

const execReport: ExecStatus = {
  schemaVersion: 1,
  portfolio: 'main',
  instance: 'main-exec-1',
  epoch: 3,
  tradingState: 'ACTIVE',
  reason: '',
  configHash: 'c'.repeat(64),
  policies: [{ name: 'wide', hash: 'd'.repeat(64), delivery: 'Settled' }],
  openOrders: 1,
  strategies: [{ name: 'alerts', desiredState: 'Running', openOrders: 1, openPositions: 0 }],
  updatedAt: NOW,
};
const agentReport: AgentStatus = {
  schemaVersion: 1,
  portfolio: 'main',
  strategy: 'alerts',
  instance: 'alerts-agent-1',
  signalsConsumed: 5,
  intentsPublished: 1,
  firstSignalAt: NOW,
  lastSequence: 5,
  updatedAt: NOW,
};
const tradingView = signalSourceSpecSchema.parse({
  scheme: 'TradingView',
  venue: 'desk',
  instruments: ['BTC-USD'],
  secretRef: { name: 'desk-webhook' },
});
const mapped = signalSourceSpecSchema.parse({
  ...tradingView,
  tradingView: { symbols: [{ symbol: 'BTCUSD', instrument: 'BTC-USD' }] },
});
const replay = signalSourceSpecSchema.parse({ scheme: 'Replay', venue: 'desk', instruments: ['BTC-USD'], replay: { datasets: ['bars'] } });
const ownData = signalSourceSpecSchema.parse({ ...replay, replay: { datasets: ['bars'], from: { configMap: { name: 'bars-dataset' } } } });
const sourcesFile = (spec: typeof tradingView) => gatewayConfig([{ name: 'desk', spec, unknownFields: [] }]);
const withSpec = (spec: unknown, more: object) => ({ ...(spec as object), ...more });
const podTemplate = { nodeSelector: { disk: 'fast' } };

const CASES: readonly { readonly record: string; readonly when: string; readonly value: unknown; readonly refused?: string }[] = [
  { record: 'ExecConfig', when: 'it has no generation', value: execConfig(2, fleetInstruments(2)) },
  {
    record: 'ExecConfig',
    when: 'the operator writes it',
    value: { ...execConfig(2, fleetInstruments(2)), generation: 1 },
    refused: 'generation',
  },
  { record: 'HaltRecord', when: 'no halt is engaged', value: released(NOW) },
  {
    record: 'HaltRecord',
    when: 'a halt is engaged',
    value: { ...released(NOW), generation: 2, state: 'ENGAGED', haltId: 'uid-1', killSwitch: 'stop', mode: 'Flatten', observedAt: NOW },
  },
  { record: 'GatewayConfig', when: 'a source maps no symbols', value: sourcesFile(tradingView) },
  { record: 'GatewayConfig', when: 'a source maps symbols', value: sourcesFile(mapped), refused: 'symbols' },
  { record: 'ExecStatus', when: 'exec has read no halt record', value: execStatusSchema.parse(execReport) },
  {
    record: 'ExecStatus',
    when: 'exec has read a halt record',
    value: execStatusSchema.parse({ ...execReport, haltGeneration: 0 }),
    refused: 'haltGeneration',
  },
  { record: 'AgentStatus', when: 'the agent decides', value: agentStatusSchema.parse(agentReport) },
  {
    record: 'AgentStatus',
    when: 'the agent does not decide',
    value: agentStatusSchema.parse({ ...agentReport, problem: { reason: 'QuantityOffLot', message: 'it does not fit' } }),
    refused: 'problem',
  },
  { record: 'RiskPolicy.spec', when: 'a user writes it', value: riskPolicy.spec },
  { record: 'Portfolio.spec', when: 'it has no pod template', value: portfolio.spec },
  { record: 'Portfolio.spec', when: 'it has a pod template', value: withSpec(portfolio.spec, { podTemplate }), refused: 'podTemplate' },
  { record: 'Strategy.spec', when: 'it has no pod template', value: strategy.spec },
  { record: 'Strategy.spec', when: 'it has a pod template', value: withSpec(strategy.spec, { podTemplate }), refused: 'podTemplate' },
  { record: 'SignalSource.spec', when: 'it maps symbols', value: mapped, refused: 'symbols' },
  { record: 'GatewayConfig', when: 'a source replays the data of the gateway', value: sourcesFile(replay) },
  { record: 'GatewayConfig', when: 'a source replays a ConfigMap', value: sourcesFile(ownData), refused: 'folder' },
  { record: 'SignalSource.spec', when: 'it replays a ConfigMap', value: ownData, refused: 'from' },
];

for (const { record, when, value, refused } of CASES) {
  test(`${record}: the previous version ${refused === undefined ? 'reads' : 'refuses'} it when ${when}`, () => {
    const schema = z.fromJSONSchema(previous.schemas[record] as Parameters<typeof z.fromJSONSchema>[0]);
    const issues = schema.safeParse(JSON.parse(JSON.stringify(value))).error?.issues ?? [];
    if (refused === undefined) assert.deepEqual(issues, []);
    else assert.match(JSON.stringify(issues), new RegExp(`unrecognized_keys.*"${refused}"|"${refused}".*unrecognized_keys`));
  });
}

const strict = (properties: Readonly<Record<string, RecordSchema>>, required: readonly string[] = []): RecordSchema => ({
  properties,
  required,
  additionalProperties: false,
});

for (const { why, before, now, want } of [
  { why: 'a strict object has a new field', before: strict({}), now: strict({ a: {} }), want: ['a'] },
  { why: 'a tolerant object has a new field', before: { properties: {} }, now: strict({ a: {} }), want: [] },
  { why: 'the new field is in a list', before: { items: strict({}) }, now: { items: strict({ a: {} }) }, want: ['*.a'] },
  { why: 'a field may be absent that the reader requires', before: strict({ a: {} }, ['a']), now: strict({ a: {} }), want: ['a?'] },
  { why: 'a field has a new value', before: strict({ a: { const: 1 } }), now: strict({ a: { enum: [1, 2] } }), want: ['a=2'] },
  { why: 'one variant knows the field', before: { anyOf: [strict({}), strict({ a: {} })] }, now: strict({ a: {} }), want: [] },
] as const) {
  test(`refusals: finds ${want.length === 0 ? 'nothing' : want.join(', ')} when ${why}`, () => {
    assert.deepEqual(refusals(before, now), want);
  });
}
