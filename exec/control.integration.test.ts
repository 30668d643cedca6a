/** Control records that go backwards, disappear or cannot be read, on a real bus: exec tightens, reports why, and forgets nothing over a restart. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type BucketName, type ExecStatus, keys } from '@flotilla/contracts';
import { bucketStream, bucketSubject } from '@flotilla/runtime';
import { ensureBucket } from '@flotilla/runtime/provision/ensure-stream.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type ExecProcess, startExecProcess } from './testing/exec-process.ts';
import { type ExecWorld, startExecWorld } from './testing/exec-world.ts';
import { configFixture, haltFixture, intentFixture, policyFixture, PORTFOLIO, quoteFixture, STRATEGY } from './testing/fixtures.ts';

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
const statusOf = (when: string, matches: (status: ExecStatus) => boolean) =>
  eventually(when, async () => {
    const status = await world.status();
    return status !== undefined && matches(status) && status;
  });
const active = () => statusOf('exec trades', ({ tradingState }) => tradingState === 'ACTIVE');
const deleteKey = (bucket: BucketName, key: string) =>
  world.bus.publish(bucketSubject(bucket, key), new Uint8Array(), { messageId: '', headers: { 'KV-Operation': 'DEL' } });
async function makeAnew(bucket: BucketName): Promise<void> {
  await world.bus.callApi(`STREAM.DELETE.${bucketStream(bucket)}`);
  await ensureBucket(world.bus, bucket, { replicas: 1 });
}

test('exec: closes the gate, when the halt record is deleted, and opens it, when a record of the same generation is back', async () => {
  await world.setHalt(haltFixture(7, 'RELEASED'));
  await statusOf('generation 7 is reported', ({ haltGeneration }) => haltGeneration === 7);
  await deleteKey('CONTROL', keys.halt(PORTFOLIO));
  const status = await statusOf('the gate closes', ({ tradingState }) => tradingState === 'REDUCING');
  assert.deepEqual([status.reason, status.haltProblem], ['CONTROL_UNKNOWN', 'expected a halt record, found none']);
  await world.setHalt(haltFixture(7, 'RELEASED'));
  await active();
});

test('exec: halts, when the bucket was made anew and a halt of generation 1 is engaged there', async () => {
  await makeAnew('CONTROL');
  await world.setHalt(haltFixture(1, 'ENGAGED'));
  const status = await statusOf('the halt is confirmed', ({ halt }) => halt?.zeroOpenOrdersVerifiedAt !== undefined);
  assert.deepEqual([status.tradingState, status.haltGeneration, status.halt?.generation], ['HALTED', 7, 1]);
  await world.setHalt(haltFixture(2, 'RELEASED'));
  await statusOf('generation 2 does not release', ({ haltProblem }) => /found 2 RELEASED/.test(haltProblem ?? ''));
  assert.equal((await world.status())?.tradingState, 'HALTED');
  await world.setHalt(haltFixture(8, 'RELEASED'));
  await active();
});

test('exec: knows the highest generation, when it is killed, and the bucket is made anew before it starts again', async () => {
  await eventually('generation 8 is kept', async () => (await world.reconciles()).at(-1)?.halt?.generation === 8);
  await exec.kill('SIGKILL');
  await makeAnew('CONTROL');
  await world.setHalt(haltFixture(0, 'RELEASED'));
  await start();
  const status = await statusOf('the gate is closed', ({ haltProblem }) => haltProblem !== undefined);
  assert.deepEqual([status.tradingState, status.reason, status.haltGeneration], ['REDUCING', 'CONTROL_UNKNOWN', 8]);
  await world.setHalt(haltFixture(9, 'RELEASED'));
  await active();
});

test('exec: denies increases, when the configuration is deleted, and goes on, when the configuration is written again', async () => {
  await deleteKey('CONFIG', keys.execConfig(PORTFOLIO));
  const status = await statusOf('nothing increases', ({ configProblem }) => configProblem !== undefined);
  assert.deepEqual(
    [status.tradingState, status.reason, status.configProblem],
    ['REDUCING', 'POLICY_MISSING', 'the configuration record is gone'],
  );
  await world.setConfig(configFixture());
  await active();
});

/** Loose limits by default. A numbered record is what the operator writes. */
const numbered = (generation: number, more: Parameters<typeof configFixture>[0] = {}) => ({ ...configFixture(more), generation });
/** An order that finds no seller at its price, so it leaves no position. */
const FILLS_NOTHING = { type: 'LIMIT', limitPrice: '590', timeInForce: 'IOC' } as const;
const TIGHT = { policy: policyFixture({ order: { maxNotional: '1' } }) };
const denialsOf = (intentId: string) =>
  eventually(`${intentId} is answered`, async () => {
    const event = (await world.orderEvents()).find((one) => one.intentId === intentId);
    return event?.denials?.map(({ code }) => code) ?? event?.status;
  });
/** exec starts while the configuration cannot be used. */
async function startDoubting(problem: RegExp): Promise<ExecStatus> {
  exec = await startExecProcess(world.nats);
  return statusOf('exec says why it denies increases', ({ configProblem }) => problem.test(configProblem ?? ''));
}

test('exec: uses no older configuration, when it is killed, and the older one is put into a bucket made anew before it starts again', async () => {
  await world.setConfig(numbered(5));
  await statusOf('generation 5 is in force', ({ configHash }) => configHash === numbered(5).configHash);
  await world.setConfig(numbered(6, TIGHT));
  await eventually('generation 6 is kept', async () => (await world.reconciles()).at(-1)?.config?.generation === 6);
  await exec.kill('SIGKILL');
  await makeAnew('CONFIG');
  await world.setConfig(numbered(5));
  const status = await startDoubting(/generation 6 or a later one, found generation 5/);
  assert.deepEqual([status.reason, status.newestConfig], ['POLICY_MISSING', { generation: 6, hash: numbered(6, TIGHT).configHash }]);
  await world.publishIntent(intentFixture('on-the-older', FILLS_NOTHING, Date.now()));
  assert.ok((await denialsOf('on-the-older'))?.includes('POLICY_MISSING'));
});

for (const [what, put, problem] of [
  ['was deleted', () => deleteKey('CONFIG', keys.execConfig(PORTFOLIO)), /record is gone/],
  ['has no generation', () => world.setConfig(configFixture()), /found a record without a generation/],
  ['cannot be read', () => world.setConfig({ ...numbered(9), schemaVersion: 2 } as never), /cannot be read: schemaVersion/],
  ['is another one of the same generation', () => world.setConfig(numbered(6)), /another record of the same generation/],
] as const) {
  test(`exec: denies increases after a second restart too, when the configuration ${what}`, async () => {
    await exec.kill('SIGKILL');
    await put();
    const status = await startDoubting(problem);
    assert.deepEqual([status.tradingState, status.newestConfig?.generation], ['REDUCING', 6]);
  });
}

test('exec: goes on after a restart, when a configuration of a higher generation is written', async () => {
  await world.setConfig(numbered(7, TIGHT));
  await active();
  await world.publishIntent(intentFixture('under-tight-limits', FILLS_NOTHING, Date.now()));
  assert.deepEqual(await denialsOf('under-tight-limits'), ['ORDER_NOTIONAL_LIMIT']);
  await world.setConfig(numbered(8));
  await statusOf('generation 8 is in force', ({ configHash }) => configHash === numbered(8).configHash);
  await world.publishIntent(intentFixture('under-loose-limits', FILLS_NOTHING, Date.now()));
  assert.equal(await denialsOf('under-loose-limits'), 'ACCEPTED');
});

test('exec: halts a strategy and not the portfolio, when a newer version wrote a desired state that exec cannot read', async () => {
  await world.publishIntent(intentFixture('rests', { type: 'LIMIT', limitPrice: '590', timeInForce: 'GTC' }, Date.now()));
  await eventually('the order rests', async () => (await statusesOf('rests')).includes('RESTING'));
  const config = numbered(9, { strategies: [{}, { name: 'other' }] });
  await world.setConfig({
    ...config,
    strategies: config.strategies.map((each, index) => (index === 0 ? { ...each, desiredState: 'Draining' as never } : each)),
  });
  const status = await statusOf('the strategy is halted', ({ strategies }) =>
    (strategies ?? []).some(({ name, halt }) => name === STRATEGY && halt?.zeroOpenOrdersVerifiedAt !== undefined),
  );
  assert.equal(status.tradingState, 'ACTIVE');
  assert.match(status.strategies?.find(({ name }) => name === STRATEGY)?.problem ?? '', /cannot be read: desiredState/);
  await eventually('the order is cancelled', async () => (await statusesOf('rests')).includes('CANCELLED'));
  await world.setConfig(numbered(10));
  await active();
});

test('exec: counts and logs a field once, when a newer version wrote it', async () => {
  const unknownFields = async () => Number(/unknown_fields_total\{service="exec"\} (\d+)/.exec(await exec.metrics())?.[1]);
  const before = await unknownFields();
  await world.setHalt({ ...haltFixture(10, 'RELEASED'), colour: 'red' } as never);
  await statusOf('it is read', ({ haltGeneration }) => haltGeneration === 10);
  await eventually('two more looks', async () => (await world.reconciles()).at(-1)?.halt?.generation === 10);
  assert.equal(await unknownFields(), before + 1);
  assert.equal(exec.output().split('"field":"colour"').length - 1, 1);
  assert.equal((await world.status())?.tradingState, 'ACTIVE');
});

test('exec: cancels resting orders and fills none, when a halt was engaged while exec was away and the market has crossed the order', async () => {
  await world.publishIntent(intentFixture('crossed', { type: 'LIMIT', limitPrice: '590', timeInForce: 'GTC' }, Date.now()));
  await eventually('the order rests', async () => (await statusesOf('crossed')).includes('RESTING'));
  await exec.kill('SIGKILL');
  await world.setHalt(haltFixture(11, 'ENGAGED'));
  await world.publishMarket(quoteFixture('crossing', '500', '501', { bidSize: '2', askSize: '2' }));
  await start();
  await eventually('the order is cancelled', async () => (await statusesOf('crossed')).includes('CANCELLED'));
  assert.deepEqual(await statusesOf('crossed'), ['ACCEPTED', 'RESTING', 'CANCELLED']);
  assert.deepEqual(
    (await world.fills()).filter(({ intentId }) => intentId === 'crossed'),
    [],
  );
});

test('exec: answers in pages, when a request asks for them, and with an error, when a request cannot be read', async () => {
  const ask = async (request: object | string) => {
    const payload = new TextEncoder().encode(typeof request === 'string' ? request : JSON.stringify(request));
    return world.commandLineBus.request(`query.exec.${PORTFOLIO}`, payload, 2_000);
  };
  const page = JSON.parse(new TextDecoder().decode(await ask({ limit: 1 }))) as { readonly strategies: readonly unknown[] };
  assert.equal(page.strategies.length, 1);
  await assert.rejects(ask('{'), { code: 'EVENT_MALFORMED' });
  assert.equal((await exec.ready()).status, 200);
});
