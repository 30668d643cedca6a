/** The operator of this version beside the next one: CRDs, specs and records with more fields than it knows. Real API server and nats-server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { riskPolicy, strategy, withSpec } from '@flotilla/operator/testing/objects.ts';
import { openBucket } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { nextDefinition, withNextFields } from './other-versions.ts';
import { type SettledFleet, startSettledFleet } from './settled-fleet.ts';

let fleet: SettledFleet;
before(async () => {
  fleet = await startSettledFleet(nextDefinition);
});
after(() => fleet.stop());

test('operator: keeps agents and trading, when every object has a field of the next version', async () => {
  await fleet.settle(withNextFields);
  const uid = await fleet.agentUid();
  const config = await fleet.fixture.config('main');
  assert.deepEqual(
    config?.strategies.map(({ desiredState }) => desiredState),
    ['Running'],
  );
  await fleet.fixture.restartOperator();
  await fleet.settle(withNextFields);
  assert.equal(await fleet.agentUid(), uid, 'the agent was never deleted');
});

test('operator: names the fields that it ignores in the status of each object', async () => {
  for (const [type, name] of [
    [KINDS.strategy, 'btc-momentum'],
    [KINDS.portfolio, 'main'],
    [KINDS.riskPolicy, 'conservative'],
    [KINDS.signalSource, 'replay'],
  ] as const) {
    const condition = await fleet.fixture.reason(type, name, 'SpecUnderstood', 'UnknownFields');
    assert.equal(condition.status, 'False');
    assert.match(condition.message, /spec\.nextVersion/, type.kind);
  }
});

test('operator: keeps the agent, when the Strategy has a parameter of the next version', async () => {
  const uid = await fleet.agentUid();
  await fleet.fixture.apply(withSpec(strategy, { parameters: { ...Object(strategy.spec).parameters, volatilityTarget: '0.1' } }));
  await eventually('the status names the parameter', async () => {
    const conditions = await fleet.conditions(KINDS.strategy, 'btc-momentum');
    return conditions.some(({ type, message }) => type === 'SpecUnderstood' && message.includes('spec.parameters.volatilityTarget'));
  });
  await fleet.settle(withNextFields);
  assert.equal(await fleet.agentUid(), uid, 'the agent was never deleted');
});

test('operator: continues from a configuration that the next version wrote', async () => {
  const { fixture } = fleet;
  const written = await fixture.config('main');
  await openBucket(fixture.bus, 'CONFIG').put(keys.execConfig('main'), Buffer.from(canonicalJson(withNextFields(written))));
  await fixture.restartOperator();
  await fleet.settle(withNextFields);
  const config = await fixture.config('main');
  assert.deepEqual(
    config?.policies?.map(({ delivery }) => delivery),
    ['Settled'],
    'limits that were settled stay settled',
  );
});

test('RiskPolicy: is delivered, when it has an acknowledgement that this version cannot read', async () => {
  // The API server of the next version accepts limits that this build does not know.
  const acknowledgedLoosening = [{ limit: 'order.maxNotional', to: '60000', reason: 'agreed' }];
  const looser = { ...Object(riskPolicy.spec).order, maxNotional: '60000' };
  await fleet.fixture.apply(withSpec(riskPolicy, { order: looser, acknowledgedLoosening }));
  await fleet.fixture.reason(KINDS.riskPolicy, 'conservative', 'Ready', 'InForce', () => fleet.report(withNextFields));
});
