/** An exec that was stopped for so long that the operator no longer waits for its report: it takes no risk under its old limits. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LIMITS_CONFIRMATION_AGE_MS_MAX } from '@flotilla/contracts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { configFixture, intentFixture, policyFixture, quoteFixture } from './testing/fixtures.ts';
import { type ExecProcess, startExecProcess } from './testing/exec-process.ts';
import { type ExecWorld, startExecWorld } from './testing/exec-world.ts';

const STOPPED_MS = LIMITS_CONFIRMATION_AGE_MS_MAX + 1_000;
let world: ExecWorld;
let exec: ExecProcess;

before(async () => {
  world = await startExecWorld();
  await world.publishMarket(quoteFixture('q0', '600', '601', { bidSize: '2', askSize: '2' }));
  exec = await startExecProcess(world.nats);
  await eventually('exec is ready', async () => (await exec.ready()).status === 200);
});
after(async () => {
  await exec.kill('SIGKILL');
  await world.stop();
});

const eventsOf = async (intentId: string) => (await world.orderEvents()).filter((event) => event.intentId === intentId);

test('exec: denies the waiting intents, when it was stopped while its limits were tightened', async () => {
  await world.publishIntent(intentFixture('before', {}, Date.now()));
  await eventually('an order passes', async () => (await eventsOf('before')).some(({ status }) => status === 'FILLED'));
  void exec.kill('SIGSTOP');
  const stoppedMs = performance.now();
  await eventually(
    'the operator no longer waits for the report of exec',
    () => performance.now() - stoppedMs > STOPPED_MS,
    STOPPED_MS + 5_000,
  );
  await world.publishIntent(intentFixture('while-stopped', {}, Date.now()));
  await world.setConfig(configFixture({ policy: policyFixture({ order: { maxNotional: '1' } }) }));
  void exec.kill('SIGCONT');
  const [event] = await eventually(
    'a verdict',
    async () => {
      const events = await eventsOf('while-stopped');
      return events.length > 0 && events;
    },
    20_000,
  );
  assert.equal(event?.status, 'DENIED');
  const codes = event.denials?.map(({ code }) => code) ?? [];
  assert.ok(
    codes.includes('POLICY_UNSETTLED') || codes.includes('ORDER_NOTIONAL_LIMIT') || codes.includes('CONTROL_UNKNOWN'),
    codes.join(', '),
  );
});

test('exec: decides by the new limits, after it has read its configuration again', async () => {
  await world.publishMarket(quoteFixture('q1', '600', '601', { bidSize: '2', askSize: '2' }));
  let attempt = 0;
  await eventually(
    'an intent is denied for the new limit alone',
    async () => {
      const id = `after-${(attempt += 1)}`;
      await world.publishIntent(intentFixture(id, {}, Date.now()));
      const [event] = await eventually('a verdict', async () => {
        const events = await eventsOf(id);
        return events.length > 0 && events;
      });
      return event?.denials?.map(({ code }) => code).join() === 'ORDER_NOTIONAL_LIMIT';
    },
    20_000,
  );
});
