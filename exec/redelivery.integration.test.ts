/** Intents that come again: exec answers each of them once for ever, and its own earlier answers do not end the process. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeEvent, execConsumer, type OrderIntent } from '@flotilla/contracts';
import { deleteConsumer, ensureConsumer } from '@flotilla/runtime/provision/ensure-consumer.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { firstOrderEvent } from './engine/execution-events.ts';
import { type ExecProcess, startExecProcess } from './testing/exec-process.ts';
import { type ExecWorld, startExecWorld } from './testing/exec-world.ts';
import { intentFixture, PORTFOLIO, quoteFixture, STRATEGY } from './testing/fixtures.ts';

const HOUR_MS = 3_600_000;
const CONSUMER = execConsumer(PORTFOLIO);

let world: ExecWorld;
let exec: ExecProcess;

before(async () => {
  world = await startExecWorld();
  await world.publishMarket(quoteFixture('q0', '600', '601', { bidSize: '2', askSize: '2' }));
  await start();
});
after(async () => {
  await exec.kill('SIGKILL');
  await world.stop();
});

async function start(): Promise<void> {
  exec = await startExecProcess(world.nats);
  await eventually('exec is ready', async () => (await exec.ready()).status === 200, 30_000);
}
const statusesOf = async (intentId: string) =>
  (await world.orderEvents()).filter((event) => event.intentId === intentId).map((event) => event.status);
const answered = (intentId: string) => eventually(`an answer to ${intentId}`, async () => (await statusesOf(intentId)).length > 0);
const expired = (id: string): OrderIntent => intentFixture(id, {}, Date.now() - HOUR_MS);
/** The bus delivers every published intent again, as after a Portfolio was deleted and applied again. */
async function redeliverEverything(): Promise<void> {
  await deleteConsumer(world.bus, CONSUMER.stream, CONSUMER.name);
  await ensureConsumer(world.bus, CONSUMER);
}

test('exec: answers no intent a second time and goes on, when the consumer is made anew twice and every intent comes again', async () => {
  await world.publishIntent(intentFixture('filled', {}, Date.now()));
  await eventually('the order is filled', async () => (await statusesOf('filled')).includes('FILLED'));
  for (const id of ['late-1', 'late-2']) await world.publishIntent(expired(id));
  await answered('late-2');
  const events = (await world.orderEvents()).length;
  for (let round = 0; round < 2; round += 1) {
    await exec.kill('SIGKILL');
    await redeliverEverything();
    // The restarted exec has forgotten the expired intents, and the bus still remembers their ids.
    await start();
    await world.publishIntent(intentFixture(`after-${round}`, {}, Date.now()));
    await eventually('the next intent is filled', async () => (await statusesOf(`after-${round}`)).includes('FILLED'));
  }
  assert.equal((await world.orderEvents()).length, events + 2 * 2);
  assert.deepEqual(await statusesOf('late-1'), ['DENIED']);
  assert.doesNotMatch(exec.output(), /"level":"fatal"/);
});

test('exec: answers nothing to an intent that was accepted before, when exec and the bus have forgotten its order', async () => {
  await exec.kill('SIGKILL');
  const intent = expired('accepted-before');
  await world.publishIntent(intent);
  const place = await world.bus.last('DECISIONS', `decisions.order_intent.${PORTFOLIO}.${STRATEGY}`);
  const origin = { by: 'AGENT', subjectStrategy: STRATEGY, causationId: `DECISIONS:${place?.sequence}`, traceparent: undefined } as const;
  const source = { portfolio: PORTFOLIO, epoch: 1, revision: 'test' };
  const { subject, event } = firstOrderEvent(source, intent, origin, Date.now(), { denials: [], policyHash: undefined });
  const end = { ...event, id: 'end', ordinal: 1, status: 'CANCELLED', leavesQuantity: '0' };
  // Under other message ids than exec's own, so that the bus does not recognise a second answer.
  for (const each of [event, end]) await world.bus.publish(subject, encodeEvent(each), { messageId: `forgotten-${each.id}` });
  await world.publishIntent(intentFixture('next', {}, Date.now()));
  await start();
  await eventually('the next intent is filled', async () => (await statusesOf('next')).includes('FILLED'));
  assert.deepEqual(await statusesOf('accepted-before'), ['ACCEPTED', 'CANCELLED']);
});

test('exec: recognises its own earlier answer, when the bus remembers an id that exec has forgotten', async () => {
  await exec.kill('SIGKILL');
  // An earlier instance denied an intent whose place on the bus is not known, and was killed before it acknowledged the intent.
  const intent = expired('forgotten');
  const origin = { by: 'AGENT', subjectStrategy: STRATEGY, causationId: undefined, traceparent: undefined } as const;
  const denials = [{ code: 'INTENT_EXPIRED', message: 'late', details: {} }] as const;
  const source = { portfolio: PORTFOLIO, epoch: 1, revision: 'test' };
  const { subject, event } = firstOrderEvent(source, intent, origin, Date.now() - HOUR_MS, { denials, policyHash: undefined });
  await world.bus.publish(subject, encodeEvent(event), { messageId: event.id });
  await world.publishIntent(intent);
  await world.publishIntent(intentFixture('behind', {}, Date.now()));
  await start();
  await eventually('the intent behind it is filled', async () => (await statusesOf('behind')).includes('FILLED'));
  assert.deepEqual(await statusesOf('forgotten'), ['DENIED']);
  assert.match(exec.output(), /earlier instance of the portfolio stored this event/);
  assert.doesNotMatch(exec.output(), /"level":"fatal"/);
});

test('exec: reports in STATUS why a bug ended it, also after the next start', async () => {
  await exec.kill('SIGKILL');
  const [order] = (await world.orderEvents()).filter(({ status }) => status === 'FILLED');
  assert.ok(order !== undefined);
  const impossible = { ...order, id: 'impossible', ordinal: order.ordinal + 1, status: 'RESTING' as const };
  await world.bus.publish(`executions.order.${PORTFOLIO}.${STRATEGY}`, encodeEvent(impossible), { messageId: 'impossible' });
  const updatedAt = (await world.status())?.updatedAt;
  exec = await startExecProcess(world.nats);
  assert.equal(await exec.exited, 1);
  const status = await world.status();
  assert.match(status?.lastCrash?.reason ?? '', /AssertionError: order .* cannot go from FILLED to RESTING/);
  assert.deepEqual([status?.tradingState, status?.updatedAt], ['HALTED', updatedAt], 'no sign of life');
});
