/**
 * A leak stops the agent until a person lets it resume. The prober meets a real server of the bus that has no walls, for as long as a test wants it.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AuditEvent } from '@flotilla/contracts/events/audit.ts';
import type { Strategy } from '@flotilla/contracts/resources/strategy.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openRawLogin, type RawConnection } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { startTcpSwitch, type TcpSwitch } from '@flotilla/test/faults/world/tcp-switch.ts';
import { RESUME_AFTER_LEAK } from '../fleet/leak-pause.ts';
import { KINDS } from '../kinds.ts';
import { makeObject, portfolio, riskPolicy, strategy, withSpec } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';
import type { DeploymentObject } from '../workload/deployment-state.ts';

const NAME = 'btc-momentum';
const ALERTED = 'eth-momentum';
/** A round over every principal takes this long at most on a busy machine. */
const PROBED_MS_MAX = 120_000;

let open: NatsServer;
/** Answers on every subject of the server without walls. */
let everything: RawConnection;
let way: TcpSwitch;
let fixture: OperatorFixture;

before(async () => {
  open = await startNatsServer({ accounts: '' });
  everything = await openRawLogin(open.url, () => undefined);
  everything.subscribe('>', { callback: (_error, message) => void message.respond('reached') });
  way = await startTcpSwitch(open.port);
  fixture = await startOperatorFixture({ busUrl: `nats://127.0.0.1:${way.port}` });
  const alerted = makeObject('AgentRole', 'alerted', { onLeak: 'Alert' });
  const goesOn = withSpec({ ...strategy, metadata: { ...strategy.metadata, name: ALERTED } }, { agentRoleRef: { name: 'alerted' } });
  for (const object of [riskPolicy, portfolio, alerted, strategy, goesOn]) await fixture.apply(object);
});
after(async () => {
  await fixture.stop();
  await way.stop();
  await everything.close();
  await open.stop();
});

test('a leak: the Strategy is Stalled, its agent is stopped, and exec takes only orders that reduce', async () => {
  const { message } = await fixture.reason(KINDS.strategy, NAME, 'Stalled', 'PermissionLeaked');
  assert.match(message, /reached what the agent must not reach .* and \d+ more.*runbook FlotillaPermissionLeak/);
  await fixture.reason(KINDS.strategy, NAME, 'Trading', 'PermissionLeaked');
  await assertPaused();
  const { leak, state } = await status();
  assert.equal(state, 'Blocked');
  const event = await eventually('the audit event', () => lastEvent('STRATEGY_PAUSED_BY_LEAK'));
  assert.deepEqual([event.details['strategy'], event.details['foundAt']], [NAME, leak?.foundAt]);
});

test('an AgentRole that says Alert: the condition tells of the leak, and the strategy goes on', async () => {
  await fixture.reason(KINDS.strategy, ALERTED, 'PermissionsEnforced', 'PermissionLeaked');
  await eventually('exec is told', async () => (await stateOfExec(ALERTED)) === 'Running');
  assert.equal((await status(ALERTED)).leak, undefined);
});

test('a person cannot resume while a probe gets no answers, because silence proves nothing', async () => {
  const { leak } = await status();
  await everything.drain();
  everything = await openRawLogin(open.url, () => undefined);
  await resume(`${leak?.foundAt} alice: the bus is repaired`);
  // The prober asks several times, and only ten seconds after the last probe.
  await eventually(
    'a probe without answers',
    async () => (await status()).conditions?.some(({ reason }) => reason === 'PermissionUnanswered'),
    PROBED_MS_MAX,
  );
  await assertPaused();
});

test('a later probe without a leak does not resume the strategy, nor does a decision about another leak', async () => {
  await resume('2026-01-01T00:00:00Z alice: an old decision');
  way.switchTo(fixture.nats.port);
  await fixture.reason(KINDS.strategy, NAME, 'PermissionsEnforced', 'Enforced');
  const { message } = await fixture.reason(KINDS.strategy, NAME, 'Stalled', 'PermissionLeaked');
  assert.match(message, /the last probe found no leak; to resume: kubectl annotate/);
  await assertPaused();
});

test('an operator that starts anew keeps the strategy stopped', async () => {
  const { leak } = await status();
  await fixture.restartOperator();
  await eventually('the operator has probed', async () => (await status(ALERTED)).permissions?.leakCount === 0);
  await assertPaused();
  assert.deepEqual((await status()).leak, leak);
});

test('a person who names the leak resumes the strategy, and the audit log names the person', async () => {
  const { leak } = await status();
  // An operator that starts anew asks the API server of every principal, one after the other.
  await eventually(
    'a new probe has shown that the leak is gone',
    async () => {
      await resume(`${leak?.foundAt} alice: the bus is repaired`);
      return (await stateOfExec(NAME)) === 'Running';
    },
    PROBED_MS_MAX,
  );
  await eventually('the agent is to run', async () => (await replicas()) === 1);
  await eventually('the status has no leak', async () => (await status()).leak === undefined);
  const event = await eventually('the audit event', () => lastEvent('STRATEGY_RESUMED_AFTER_LEAK'));
  assert.deepEqual([event.details['person'], event.details['reason']], ['alice', 'the bus is repaired']);
});

async function assertPaused(): Promise<void> {
  await eventually('exec is told', async () => (await stateOfExec(NAME)) === 'Paused');
  await eventually('the agent is stopped', async () => (await replicas()) === 0);
}

async function resume(decision: string): Promise<void> {
  const annotations = { [RESUME_AFTER_LEAK]: decision };
  await fixture.cluster.patch(KINDS.strategy, { namespace: 'trading', name: NAME }, { metadata: { annotations } });
}

async function stateOfExec(name: string): Promise<string | undefined> {
  return (await fixture.config('main'))?.strategies.find((entry) => entry.name === name)?.desiredState;
}

async function replicas(): Promise<number | undefined> {
  return (await fixture.find<DeploymentObject>(KUBERNETES_TYPES.deployment, `${NAME}-agent`))?.spec?.replicas;
}

async function status(name = NAME): Promise<NonNullable<Strategy['status']>> {
  return (await fixture.find<Strategy>(KINDS.strategy, name))?.status ?? {};
}

async function lastEvent(action: string): Promise<AuditEvent | undefined> {
  let last: AuditEvent | undefined;
  for await (const { payload } of fixture.bus.read('AUDIT', { subject: 'audit.event.*', fromSequence: 1 })) {
    const event = JSON.parse(Buffer.from(payload).toString('utf8')) as AuditEvent;
    if (event.action === action) last = event;
  }
  return last;
}
