/** An exec that starts from its checkpoint: real processes, a real nats-server, and a stream that really forgets. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { keys, STREAMS } from '@flotilla/contracts';
import { openBucket } from '@flotilla/runtime';
import { ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type ExecProcess, startExecProcess } from '../testing/exec-process.ts';
import { type ExecWorld, startExecWorld } from '../testing/exec-world.ts';
import { intentFixture, PORTFOLIO, quoteFixture } from '../testing/fixtures.ts';
import { SLOT_COUNT } from './checkpoint-store.ts';

let world: ExecWorld;
let exec: ExecProcess | undefined;

beforeEach(async () => {
  world = await startExecWorld();
  await world.publishMarket(quoteFixture('q0', '600', '601', { bidSize: '9', askSize: '9' }));
});
afterEach(async () => {
  await exec?.kill('SIGKILL');
  await world.stop();
});

/** Starts an exec, and gives what its log says of the rebuild. */
async function start(): Promise<{ readonly slot?: number; readonly eventsRead: number }> {
  exec = await startExecProcess(world.nats);
  await eventually('exec is ready', async () => (await exec?.ready())?.status === 200);
  const line = exec
    .output()
    .split('\n')
    .find((text) => text.includes('"eventsRead"'));
  return JSON.parse(line ?? '{}') as { readonly slot?: number; readonly eventsRead: number };
}

/** Ends exec as Kubernetes does: it saves its state. */
async function stop(): Promise<void> {
  assert.equal(await exec?.kill('SIGTERM'), 0);
}

const statusesOf = async (intentId: string) =>
  (await world.orderEvents()).filter((event) => event.intentId === intentId).map(({ status }) => status);

async function trade(intentId: string): Promise<void> {
  await world.publishIntent(intentFixture(intentId, {}, Date.now()));
  await eventually(`${intentId} is filled`, async () => (await statusesOf(intentId)).includes('FILLED'));
}

async function rest(intentId: string): Promise<void> {
  await world.publishIntent(intentFixture(intentId, { type: 'LIMIT', limitPrice: '590', timeInForce: 'GTC' }, Date.now()));
  await eventually(`${intentId} rests`, async () => (await statusesOf(intentId)).includes('RESTING'));
}

const view = async () => ({ ...(await eventually('an account', () => world.snapshot())), time: '' });
const sequence = async () =>
  (await world.bus.callApi<{ readonly state: { readonly first_seq: number } }>('STREAM.INFO.EXECUTIONS')).state.first_seq;

/** The stream forgets what is older than `ageMs`, by the server's own clockwork. */
async function expire(ageMs: number): Promise<void> {
  const before = await sequence();
  await ensureStream(world.bus, { ...STREAMS.EXECUTIONS, maxAgeMs: ageMs, duplicateWindowMs: ageMs }, { replicas: 1 });
  await eventually('the stream has forgotten', async () => (await sequence()) > before);
  await ensureStream(world.bus, STREAMS.EXECUTIONS, { replicas: 1 });
}

/** Starts an exec that cannot rebuild its account, for a reason. */
async function incomplete(reason: RegExp): Promise<void> {
  exec = await startExecProcess(world.nats);
  const { body } = await eventually('a reason', async () => {
    const answer = await exec?.ready();
    return answer?.body.includes('HISTORY_INCOMPLETE') === true && answer;
  });
  assert.match(body, reason);
  assert.match(body, /Restore the bucket EXEC_CHECKPOINTS or the stream from a backup/);
  const crash = await eventually('the report names the reason', async () => (await world.status())?.lastCrash);
  assert.match(crash.reason, /^HISTORY_INCOMPLETE: .*an empty account, delete both/);
}

test('exec: begins with the checkpoint of the last instance, and reads only what came after it', async () => {
  assert.equal((await start()).slot, undefined, 'the first instance has no checkpoint');
  await trade('first');
  await rest('rests');
  await stop();
  const second = await start();
  assert.notEqual(second.slot, undefined);
  assert.equal(second.eventsRead, 0, 'the last instance saved everything');
  await trade('second');
  const before = await view();
  await exec?.kill('SIGKILL');
  const third = await start();
  assert.equal(third.slot, second.slot, 'a killed instance saves nothing');
  assert.equal(third.eventsRead, 3, 'ACCEPTED, the fill and FILLED');
  assert.deepEqual(await view(), before);
});

test('exec: goes on with positions, resting orders and epochs, when the stream has forgotten all before the checkpoint', async () => {
  await start();
  await trade('old');
  await rest('rests');
  await sleep(3_000);
  await trade('new');
  const before = await view();
  await stop();
  await expire(2_000);
  assert.deepEqual(await statusesOf('old'), [], 'the executions of before are gone');
  const { slot, eventsRead } = await start();
  assert.deepEqual([slot !== undefined, eventsRead], [true, 0]);
  assert.deepEqual(await view(), before);
  assert.equal((await world.status())?.epoch, 2, 'epochs count on, although the stream has forgotten the first');
  await world.publishMarket(quoteFixture('q1', '589', '590', { bidSize: '9', askSize: '9' }));
  await eventually('the resting order trades', async () => (await statusesOf('rests')).includes('FILLED'));
});

test('exec: takes no order and says why, when the stream has forgotten executions that no checkpoint holds', async () => {
  await start();
  await trade('old');
  await sleep(3_000);
  await trade('new');
  await exec?.kill('SIGKILL');
  await expire(2_000);
  await incomplete(/the stream begins later, and no checkpoint can be used/);
  await world.publishIntent(intentFixture('late', {}, Date.now()));
  await sleep(500);
  assert.deepEqual(await statusesOf('late'), []);
});

for (const { what, damage } of [
  { what: 'is damaged', damage: (bytes: Uint8Array) => bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte)) },
  { what: 'is empty', damage: () => new Uint8Array() },
]) {
  test(`exec: uses no checkpoint of which a part ${what}, and comes to the same account`, async () => {
    await start();
    await trade('first');
    const before = await view();
    await stop();
    const bucket = openBucket(world.bus, 'EXEC_CHECKPOINTS');
    for (let slot = 0; slot < SLOT_COUNT; slot += 1) {
      const key = keys.execCheckpoint(PORTFOLIO, slot, 0);
      const part = await bucket.get(key);
      if (part !== undefined) await bucket.put(key, damage(part.value));
    }
    assert.equal((await start()).slot, undefined);
    assert.match(exec?.output() ?? '', /a checkpoint is not used/);
    assert.deepEqual(await view(), before);
  });
}

test('exec: takes no order, when a checkpoint has seen more executions than a stream that was made anew', async () => {
  await start();
  await trade('first');
  await stop();
  await world.bus.callApi('STREAM.DELETE.EXECUTIONS', {});
  await ensureStream(world.bus, STREAMS.EXECUTIONS, { replicas: 1 });
  await incomplete(/the newest checkpoint, .* the stream does not hold its last event/);
});
