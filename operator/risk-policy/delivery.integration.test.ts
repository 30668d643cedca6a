/** A changed RiskPolicy that two execs take over, and a RiskPolicy that is deleted while it is in use; on a real API server and a real bus. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import { parseEvent } from '@flotilla/contracts/events/parse.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { RiskPolicyStatus } from '@flotilla/contracts/resources/risk-policy.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { KINDS } from '../kinds.ts';
import type { KubeObject } from '@flotilla/kube/mod.ts';
import { makeObject, portfolio, riskPolicy, strategy, strictPolicy, withSpec } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';

interface EventObject extends KubeObject {
  readonly reason?: string;
  readonly note?: string;
  readonly regarding?: { readonly name?: string };
}
const EVENTS = { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events', namespaced: true } as const;
const POLICY = 'conservative';
let fixture: OperatorFixture;

const named = (object: ResourceObject, name: string): ResourceObject => ({ ...object, metadata: { ...object.metadata, name } });
const second = named(portfolio, 'second');
const tightened = withSpec(riskPolicy, { order: { maxNotional: '40000', priceCollarBps: 100, maxMessagesPerSecond: 20 } });

const policyOf = (config: ExecConfig | undefined) => config?.policies?.find(({ name }) => name === POLICY);
const delivery = (name: string, want: 'Delivering' | 'Settled', besides?: string): Promise<string> =>
  eventually(`Portfolio ${name} is ${want}`, async () => {
    const policy = policyOf(await fixture.config(name));
    return policy?.delivery === want && policy.hash !== besides && policy.hash;
  });
const statusOf = async (): Promise<RiskPolicyStatus> =>
  (await fixture.find<KubeObject & { readonly status?: RiskPolicyStatus }>(KINDS.riskPolicy, POLICY))?.status ?? {};

before(async () => {
  fixture = await startOperatorFixture();
  for (const object of [riskPolicy, portfolio, second]) await fixture.apply(object);
  for (const { metadata } of [portfolio, second]) {
    await delivery(metadata.name, 'Settled');
    await fixture.reportExec(metadata.name);
  }
  const settleExecs = () => Promise.all([portfolio, second].map(({ metadata }) => fixture.settleDeployment(`${metadata.name}-exec`)));
  await fixture.reason(KINDS.riskPolicy, POLICY, 'Delivered', 'InForce', settleExecs);
});
after(() => fixture.stop());

test('RiskPolicy: is denied increases in both portfolios while their execs run different limits, and settled when they agree', async () => {
  const before = await delivery('main', 'Settled');
  await fixture.apply(tightened);
  const wanted = await delivery('main', 'Delivering', before);
  assert.equal(await delivery('second', 'Delivering', before), wanted);
  await fixture.reason(KINDS.riskPolicy, POLICY, 'Delivered', 'Unconfirmed');

  await fixture.reportExec('main');
  const mixed = await fixture.reason(KINDS.riskPolicy, POLICY, 'Delivered', 'MixedHashes');
  assert.match(mixed.message, new RegExp(`${before.slice(0, 12)} is run for Portfolio second`));
  assert.match(mixed.message, new RegExp(`${wanted.slice(0, 12)} is run for Portfolio main`));
  const waiting = await fixture.reason(KINDS.portfolio, 'main', 'PoliciesSettled', 'MixedPolicyHashes');
  assert.match(waiting.message, /exec of Portfolio second runs other limits/);
  assert.equal((await fixture.reason(KINDS.portfolio, 'main', 'Ready', 'MixedPolicyHashes')).status, 'False');
  assert.equal(policyOf(await fixture.config('main'))?.delivery, 'Delivering');

  await fixture.reportExec('second');
  for (const { metadata } of [portfolio, second]) {
    assert.equal(await delivery(metadata.name, 'Settled', before), wanted);
    await fixture.reportExec(metadata.name);
    await fixture.reason(KINDS.portfolio, metadata.name, 'PoliciesSettled', 'Settled');
  }
  await fixture.reason(KINDS.riskPolicy, POLICY, 'Delivered', 'InForce');
  const { policyHash, usedBy } = await statusOf();
  assert.deepEqual([policyHash, usedBy?.map((user) => user.policyHash)], [wanted, [wanted, wanted]]);
});

test('RiskPolicy: settles, when the operator dies between the two steps', async () => {
  const before = await delivery('main', 'Settled');
  await fixture.apply(withSpec(riskPolicy, { order: { maxNotional: '30000', priceCollarBps: 100, maxMessagesPerSecond: 20 } }));
  await delivery('main', 'Delivering', before);
  await delivery('second', 'Delivering', before);
  await fixture.reportExec('main');
  await fixture.restartOperator();
  assert.equal(policyOf(await fixture.config('main'))?.delivery, 'Delivering');
  await fixture.reportExec('second');
  for (const { metadata } of [portfolio, second]) {
    await delivery(metadata.name, 'Settled', before);
    await fixture.reportExec(metadata.name);
  }
  await fixture.reason(KINDS.riskPolicy, POLICY, 'Delivered', 'InForce');
});

test('RiskPolicy: does not wait for ever, when an exec died on the old limits', async () => {
  const before = await delivery('main', 'Settled');
  await fixture.apply(withSpec(riskPolicy, { order: { maxNotional: '20000', priceCollarBps: 100, maxMessagesPerSecond: 20 } }));
  await delivery('main', 'Delivering', before);
  // One of the two execs reports. The last report of the other one is too old after 15 s.
  const reporting = setInterval(() => void fixture.reportExec('main'), 2_000);
  try {
    await eventually('Portfolio main is settled', async () => policyOf(await fixture.config('main'))?.delivery === 'Settled', 60_000);
  } finally {
    clearInterval(reporting);
  }
  const silent = await fixture.reason(KINDS.riskPolicy, POLICY, 'Delivered', 'ExecSilent');
  assert.match(silent.message, /Portfolio second; an exec that cannot report denies/);
});

test('Portfolio: tells by an event and in the audit log which limits are looser, however that came about', async () => {
  await fixture.apply(strategy);
  await eventually('the strategy is configured', async () => (await fixture.config('main'))?.strategies.length === 1);
  const acknowledgedLoosening = [{ limit: 'order.maxNotional', to: '60000' }];
  const order = { maxNotional: '60000', priceCollarBps: 100, maxMessagesPerSecond: 20 };
  await assert.rejects(fixture.apply(withSpec(riskPolicy, { order })), /order\.maxNotional is loosened from 20000/);
  await fixture.apply(withSpec(riskPolicy, { order, acknowledgedLoosening }));
  const want = 'order.maxNotional from 20000 to 60000 for btc-momentum';
  const event = await eventually('the event', async () => {
    const { items } = await fixture.cluster.list<EventObject>(EVENTS, { namespace: 'trading' });
    return items.find(({ reason, regarding }) => reason === 'LimitsLoosened' && regarding?.name === 'main');
  });
  assert.equal(event.note, `limits are looser now: ${want}`);
  const audited: Readonly<Record<string, string>>[] = [];
  for await (const { payload } of fixture.bus.read('AUDIT', { subject: 'audit.event.main', fromSequence: 1 })) {
    const { action, details } = parseEvent('audit.event', payload).event;
    if (action === 'LIMITS_LOOSENED') audited.push(details);
  }
  assert.deepEqual(audited, [{ '1': want }]);
  await fixture.remove(KINDS.strategy, strategy.metadata.name);
});

test('RiskPolicy: stays in force, when it is deleted while it is used, and goes with its last user', async () => {
  await fixture.apply(named(strictPolicy, 'spare'));
  await fixture.reason(KINDS.riskPolicy, 'spare', 'Ready', 'Unused');
  await fixture.remove(KINDS.riskPolicy, 'spare');
  await eventually('an unused policy goes at once', async () => (await fixture.find(KINDS.riskPolicy, 'spare')) === undefined);

  await fixture.remove(KINDS.riskPolicy, POLICY);
  const held = await fixture.reason(KINDS.riskPolicy, POLICY, 'Ready', 'StillInUse');
  assert.match(held.message, /Portfolio main, Portfolio second/);
  assert.ok(policyOf(await fixture.config('main')) !== undefined);
  for (const { metadata } of [portfolio, second]) await fixture.remove(KINDS.portfolio, metadata.name);
  // exec confirms the halt, then the Portfolio is gone, and the policy is gone with its last user.
  const gone = async (): Promise<boolean> => {
    for (const { metadata } of [portfolio, second]) await fixture.reportExec(metadata.name);
    return (await fixture.find(KINDS.riskPolicy, POLICY)) === undefined;
  };
  await eventually('the policy is gone', gone, 30_000);
});

test('RiskPolicy: may be created anew, when no object names it', async () => {
  await fixture.apply(makeObject('RiskPolicy', POLICY, riskPolicy.spec));
  await fixture.reason(KINDS.riskPolicy, POLICY, 'Ready', 'Unused');
});
