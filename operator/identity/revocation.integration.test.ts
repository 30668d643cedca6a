/** Decisions that are taken away from an agent which publishes at full speed: no decision lies behind the fence. The stream is the judge. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AuditEvent } from '@flotilla/contracts/events/audit.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { Strategy, StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import { enterAccount } from '@flotilla/runtime/testing/enter-account.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { KINDS } from '../kinds.ts';
import { makeObject, portfolio, riskPolicy, strategy, withSpec } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';
import { type Flood, startFlood } from '../testing/start-flood.ts';

const NAME = 'btc-momentum';
const AGENT = { role: 'SignalAgent', portfolio: 'main', strategy: NAME } as const;
const INTENT = `decisions.order_intent.main.${NAME}`;
const role = (spec: object): ResourceObject => makeObject('AgentRole', 'careful', spec);

let fixture: OperatorFixture;

before(async () => {
  fixture = await startOperatorFixture();
  for (const object of [riskPolicy, portfolio, role({}), withSpec(strategy, { agentRoleRef: { name: 'careful' } })])
    await fixture.apply(object);
});
after(() => fixture.stop());

test('a role that takes decisions away: the status names the fence, and no decision of the flood lies behind it', async () => {
  const flood = await flooding();
  await fixture.apply(role({ publications: 'Nothing' }));
  const { throughSequence, publications, servers } = await eventually(
    'the status names the fence',
    async () => (await status()).revocation,
  );
  assert.deepEqual({ publications, servers }, { publications: 'Nothing', servers: '1/1' });
  await flood.more(2_000);
  const last = await lastOfAgent();
  assert.ok(last > 0 && last <= throughSequence, `fence ${throughSequence}, last decision ${last}`);
  const { details } = await eventually('the audit event', () => lastEvent('PERMISSIONS_NARROWED'));
  assert.deepEqual(details, {
    principal: `agent-main_${NAME}`,
    agentRole: 'careful',
    from: 'Deliver',
    to: 'Nothing',
    servers: '1/1',
    stream: 'DECISIONS',
    throughSequence: String(throughSequence),
  });
  await flood.stop();
});

test('a decision behind the fence, which the bus must refuse, is told once', async () => {
  const { sequence } = await fixture.bus.publish(INTENT, Buffer.from('through a hole'), { messageId: '' });
  await fixture.apply(makeObject('Strategy', 'waker', strategy.spec));
  const { details } = await eventually('the audit event', () => lastEvent('REVOCATION_BREACHED'));
  assert.equal(details['foundSequence'], String(sequence));
  await fixture.remove(KINDS.strategy, 'waker');
});

test('a role that gives decisions back: the status names no fence any more', async () => {
  await fixture.apply(role({ publications: 'Deliver' }));
  await eventually('the fence is gone', async () => (await status()).revocation === undefined);
  assert.equal((await eventually('the audit event', () => lastEvent('PERMISSIONS_WIDENED'))).details['to'], 'Deliver');
});

test('a quarantined role: the fence holds in DECISIONS, and the flood goes on in QUARANTINE', async () => {
  const flood = await flooding();
  await fixture.apply(role({ publications: 'Quarantine' }));
  const { throughSequence } = await eventually('the status names the fence', async () => (await status()).revocation);
  const kept = await countOf('QUARANTINE');
  await flood.more(1_000);
  assert.ok((await countOf('QUARANTINE')) > kept);
  assert.ok((await lastOfAgent()) <= throughSequence);
  await flood.stop();
});

test('an operator that starts anew repeats the fence of the operator before', async () => {
  const { revocation } = await status();
  await fixture.restartOperator();
  await fixture.apply(makeObject('Strategy', 'waker2', strategy.spec));
  await eventually('the operator works', () => lastEvent('PRINCIPAL_OPENED', 'agent-main_waker2'));
  assert.deepEqual((await status()).revocation, revocation);
});

test('a deleted Strategy: the connection is closed, the audit log names the fence, and no decision lies behind it', async () => {
  await fixture.apply(strategy);
  await eventually('decisions are delivered', async () => (await status()).revocation === undefined);
  const flood = await flooding();
  await fixture.cluster.patch(KINDS.strategy, { namespace: 'trading', name: NAME }, { metadata: { finalizers: [] } });
  await fixture.remove(KINDS.strategy, NAME);
  await eventually('the Strategy is gone', async () => {
    await fixture.cluster
      .patch(KINDS.strategy, { namespace: 'trading', name: NAME }, { metadata: { finalizers: [] } })
      .catch(() => undefined);
    return (await fixture.find(KINDS.strategy, NAME)) === undefined;
  });
  await flood.closed();
  const { details } = await eventually('the audit event', () => lastEvent('PRINCIPAL_CLOSED'));
  assert.equal(details['principal'], `agent-main_${NAME}`);
  assert.equal(details['servers'], '1/1');
  const last = await lastOfAgent();
  assert.ok(last > 0 && last <= Number(details['throughSequence']), `fence ${details['throughSequence']}, last decision ${last}`);
});

/** Resolves when the flood is stored. */
async function flooding(): Promise<Flood> {
  const agent = await eventually('the agent enters', () => enterAccount(fixture.nats, AGENT));
  const before = await lastOfAgent();
  const flood = startFlood(agent, INTENT);
  await eventually('the flood is stored', async () => (await lastOfAgent()) > before + 100);
  return flood;
}

async function status(): Promise<StrategyStatus> {
  return (await fixture.find<Strategy>(KINDS.strategy, NAME))?.status ?? {};
}

async function lastOfAgent(): Promise<number> {
  return (await fixture.bus.last('DECISIONS', `decisions.*.main.${NAME}`, 'LEADER'))?.sequence ?? 0;
}

async function countOf(stream: string): Promise<number> {
  return (await fixture.bus.callApi<{ readonly state: { readonly messages: number } }>(`STREAM.INFO.${stream}`, {})).state.messages;
}

async function lastEvent(action: string, principal = `agent-main_${NAME}`): Promise<AuditEvent | undefined> {
  let last: AuditEvent | undefined;
  for await (const { payload } of fixture.bus.read('AUDIT', { subject: 'audit.event.*', fromSequence: 1 })) {
    const event = JSON.parse(Buffer.from(payload).toString('utf8')) as AuditEvent;
    if (event.action === action && event.details['principal'] === principal) last = event;
  }
  return last;
}
