/** The writer over a bus that the test answers for. `exec/fence.integration.test.ts` has the same on a real server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AssertionError,
  type Bus,
  type Clock,
  encodeEvent,
  FlotillaError,
  HEADERS,
  type PublishOptions,
  type Rng,
  type StoredMessage,
} from '@flotilla/contracts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { makePrivateMessageIds } from '@flotilla/runtime/private-message-ids.ts';
import { orderEventFixture } from '../testing/order-events.ts';
import { makeExecutionWriter } from './execution-writer.ts';
import type { Execution } from './store-execution.ts';

const SUBJECT = 'executions.order.main';
const FENCE = { subject: 'executions.epoch.main', sequence: 7 };
const AWAY = new FlotillaError('BUS_UNAVAILABLE', 'away');
const executionOf = (id: string): Execution => ({
  type: 'executions.order',
  subject: SUBJECT,
  event: orderEventFixture({ id }),
  traceparent: undefined,
});
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

const RNG: Rng = { next: () => 0, bytes: (length) => new Uint8Array(length) };

interface Publication {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly options: PublishOptions;
  readonly answer: PromiseWithResolvers<{ readonly sequence: number; readonly duplicate: boolean }>;
}

function setUp(stored?: StoredMessage, replicas?: { readonly streamReplicas: number | undefined }) {
  const published: Publication[] = [];
  const sleeps: { readonly delayMs: number; readonly wake: () => void }[] = [];
  const losses: string[] = [];
  const warnings: string[] = [];
  const bus = {
    publish(subject: string, payload: Uint8Array, options: PublishOptions) {
      const answer: Publication['answer'] = Promise.withResolvers();
      published.push({ subject, payload, options, answer });
      return answer.promise;
    },
    at: () => Promise.resolve(stored),
  } as unknown as Pick<Bus, 'publish' | 'at'>;
  const clock = { sleep: (delayMs: number) => new Promise<void>((wake) => sleeps.push({ delayMs, wake })) } as unknown as Clock;
  const logger = makeLogger({ service: 'exec', revision: 'test', level: 'silent' });
  logger.warn = (_fields: unknown, text?: string) => void warnings.push(text ?? String(_fields));
  const writer = makeExecutionWriter({
    bus,
    clock,
    rng: RNG,
    logger,
    fence: FENCE,
    ...(replicas ?? { streamReplicas: 1 }),
    onLost: (error) => losses.push(error instanceof FlotillaError ? error.code : error.name),
  });
  /** Ids that were published since the last look. */
  let seen = 0;
  const sent = (): readonly string[] => {
    const ids = published
      .slice(seen)
      .map(({ payload }) => (JSON.parse(Buffer.from(payload).toString('utf8')) as { readonly id: string }).id);
    seen = published.length;
    return ids;
  };
  const store = (at: number, duplicate = false, sequence = 100): void => published.at(at)?.answer.resolve({ sequence, duplicate });
  const fail = (at: number, error: Error = AWAY): void => published.at(at)?.answer.reject(error);
  /** The end of a write: `stored`, or the code of its error. */
  const outcomes = (ids: readonly string[]): string[] => {
    const found: string[] = ids.map(() => 'open');
    for (const [at, id] of ids.entries())
      writer.write(executionOf(id)).then(
        () => (found[at] = 'stored'),
        (error: Error) => (found[at] = error instanceof FlotillaError ? error.code : error.name),
      );
    return found;
  };
  return { writer, published, sleeps, losses, warnings, sent, store, fail, outcomes };
}

test('execution writer: names id, type and fence in each publication', async () => {
  const { writer, published, store } = setUp();
  const written = writer.write({ ...executionOf('a'), traceparent: 'trace' });
  const [first] = published;
  assert.equal(first?.subject, SUBJECT);
  assert.deepEqual(first?.payload, encodeEvent(orderEventFixture({ id: 'a' })));
  assert.deepEqual(first?.options, {
    messageId: 'a',
    headers: { [HEADERS.type]: 'executions.order', [HEADERS.corrId]: 'corr-1', [HEADERS.traceparent]: 'trace' },
    expectedLastSubjectSequence: FENCE,
  });
  store(0);
  await written;
  assert.equal(writer.backlog(), 0);
  void writer.write({ ...executionOf('b'), event: orderEventFixture({ id: 'b', ordinal: 1 }) });
  assert.equal(published[1]?.options.messageId, makePrivateMessageIds(RNG)('b'), 'another portfolio cannot guess it');
  assert.ok(!Object.hasOwn(published[1]?.options.headers ?? {}, HEADERS.traceparent));
});

test('execution writer: sends a later event of an order, and what follows it, when the answer to its intent is stored', async () => {
  const { writer, sent, store } = setUp();
  const later = { ...executionOf('later'), event: orderEventFixture({ id: 'later', ordinal: 1 }) };
  const other = { ...executionOf('other'), event: orderEventFixture({ id: 'other', ordinal: 1, orderId: 'order-2' }) };
  for (const each of [executionOf('answer'), later, other]) void writer.write(each);
  assert.deepEqual(sent(), ['answer']);
  store(0);
  await settled();
  assert.deepEqual(sent(), ['later', 'other']);
});

test('execution writer: answers under an id of its own, when another portfolio has used the id of the answer', async () => {
  const foreign = { ...storedAs({ payload: new Uint8Array([1]) }), subject: 'executions.reconcile.other' };
  const { writer, published, store, losses } = setUp(foreign);
  const written = writer.write(executionOf('a'));
  store(0, true);
  await settled();
  assert.deepEqual(
    published.map(({ options }) => options.messageId),
    ['a', makePrivateMessageIds(RNG)('a')],
  );
  store(1);
  await written;
  assert.deepEqual(losses, []);
});

test('execution writer: has 64 publications without an answer at most, and sends the next one in order for each answer', async () => {
  const { writer, sent, store, outcomes } = setUp();
  const ids = Array.from({ length: 66 }, (_, at) => `e${at}`);
  const found = outcomes(ids);
  assert.deepEqual(sent(), ids.slice(0, 64));
  assert.equal(writer.backlog(), 66);
  store(1);
  await settled();
  assert.deepEqual([sent(), writer.backlog(), found[1]], [['e64'], 66, 'stored'], 'the head is still open');
  store(0);
  await settled();
  assert.deepEqual([sent(), writer.backlog()], [['e65'], 64]);
});

for (const { streamReplicas, reason } of [
  { streamReplicas: 3, reason: 'the stream has three replicas' },
  { streamReplicas: undefined, reason: 'the replicas of the stream are unknown' },
]) {
  test(`execution writer: sends one write at a time, when ${reason}`, async () => {
    const { writer, sent, store, outcomes } = setUp(undefined, { streamReplicas });
    const found = outcomes(['a', 'b', 'c']);
    assert.deepEqual(sent(), ['a']);
    store(-1);
    await settled();
    assert.deepEqual([sent(), found], [['b'], ['stored', 'open', 'open']]);
    store(-1);
    await settled();
    store(-1);
    await settled();
    assert.deepEqual([sent(), found, writer.backlog()], [['c'], ['stored', 'stored', 'stored'], 0]);
  });
}

test('execution writer: keeps the portfolio and sends one write at a time from then on, when the bus says that writes overlap', async () => {
  const { sent, store, fail, sleeps, outcomes, losses } = setUp();
  const found = outcomes(['a', 'b', 'c']);
  assert.deepEqual(sent(), ['a', 'b', 'c']);
  store(0);
  fail(1, new FlotillaError('WRITE_OVERLAPS', 'in process'));
  fail(2, new FlotillaError('WRITE_OVERLAPS', 'in process'));
  await settled();
  sleeps[0]?.wake();
  await settled();
  assert.deepEqual([sent(), losses], [['b'], []]);
  store(-1);
  await settled();
  assert.deepEqual([sent(), found], [['c'], ['stored', 'stored', 'open']]);
});

test('execution writer: sends again in order what failed, after all answers have come, and nothing meanwhile', async () => {
  const { writer, sent, sleeps, store, fail, outcomes, warnings } = setUp();
  const found = outcomes(['a', 'b', 'c']);
  sent();
  fail(0);
  fail(2);
  await settled();
  assert.deepEqual([sleeps.length, writer.problem()], [0, 'away'], 'b has no answer yet');
  store(1);
  await settled();
  const later = outcomes(['d']);
  assert.deepEqual([sent(), sleeps.length], [[], 1]);
  sleeps[0]?.wake();
  await settled();
  assert.deepEqual([sent(), writer.problem()], [['a', 'c', 'd'], undefined]);
  for (const at of [-3, -2, -1]) store(at);
  await settled();
  assert.deepEqual([...found, ...later], ['stored', 'stored', 'stored', 'stored']);
  assert.deepEqual(warnings, ['executions are not being stored; trying again']);
});

test('execution writer: waits longer with each failure up to a second, warns once, and begins anew after a success', async () => {
  const { sleeps, store, fail, outcomes, warnings } = setUp();
  outcomes(['a', 'b']);
  store(1);
  for (let failures = 0; failures < 8; failures += 1) {
    fail(failures === 0 ? 0 : -1);
    await settled();
    sleeps.at(-1)?.wake();
    await settled();
  }
  assert.deepEqual(
    sleeps.map(({ delayMs }) => delayMs),
    [20, 40, 80, 160, 320, 640, 1_000, 1_000],
  );
  assert.equal(warnings.length, 1);
  store(-1);
  await settled();
  outcomes(['c']);
  fail(-1, new Error('socket'));
  await settled();
  assert.deepEqual([sleeps.at(-1)?.delayMs, warnings.length], [20, 2]);
});

for (const { reason, error, code } of [
  { reason: 'the fence refuses a write', error: new FlotillaError('FENCED', 'newer epoch'), code: 'FENCED' },
  { reason: 'the stream contradicts the state', error: new AssertionError('other text'), code: 'AssertionError' },
]) {
  test(`execution writer: rejects all that waits, tells once and writes nothing any more, when ${reason}`, async () => {
    const { writer, sent, sleeps, store, fail, outcomes, losses } = setUp();
    const found = outcomes(['a', 'b', 'c']);
    sent();
    store(0);
    fail(1, error);
    fail(2);
    await settled();
    assert.deepEqual(found, ['stored', code, code]);
    assert.deepEqual([losses, writer.backlog(), writer.problem()], [[code], 0, error.message]);
    const later = outcomes(['d']);
    await settled();
    assert.deepEqual([later, sent(), sleeps.length, losses.length], [[code], [], 0, 1]);
  });
}

test('execution writer: rejects what waits for a retry, when it is closed, and sends nothing afterwards', async () => {
  const { writer, sent, sleeps, fail, outcomes } = setUp();
  const found = outcomes(['a']);
  sent();
  fail(0);
  await settled();
  writer.close();
  sleeps[0]?.wake();
  await settled();
  assert.deepEqual([found, sent(), writer.backlog()], [['FENCED'], [], 0]);
});

const storedAs = (change: Partial<StoredMessage>): StoredMessage =>
  ({ subject: SUBJECT, sequence: 100, payload: encodeEvent(orderEventFixture({ id: 'a' })), headers: {}, ...change }) as StoredMessage;
const denied = orderEventFixture({ id: 'a', status: 'DENIED' });
for (const { reason, stored, execution = executionOf('a'), want } of [
  { reason: 'this instance has stored it', stored: storedAs({}), want: 'stored' },
  {
    reason: 'an earlier instance has denied the intent too',
    stored: storedAs({ sequence: 3, payload: encodeEvent({ ...denied, producer: { service: 'exec', revision: 'old' } }) }),
    execution: { ...executionOf('a'), event: denied },
    want: 'stored',
  },
  { reason: 'another writer has stored something else', stored: storedAs({ payload: new Uint8Array([1]) }), want: 'FENCED' },
  {
    reason: 'an earlier instance has stored something else',
    stored: storedAs({ sequence: 3, payload: new Uint8Array([1]) }),
    want: 'AssertionError',
  },
  { reason: 'the leader does not hold it', stored: undefined, want: 'retried' },
]) {
  test(`execution writer: takes the answer "duplicate" as ${want}, when ${reason}`, async () => {
    const { writer, store, sleeps } = setUp(stored);
    let found = 'open';
    writer.write(execution).then(
      () => (found = 'stored'),
      (error: Error) => (found = error instanceof FlotillaError ? error.code : error.name),
    );
    store(0, true);
    await settled();
    assert.equal(sleeps.length === 1 ? 'retried' : found, want);
  });
}

test('execution writer: marks the furthest event once all before the mark are stored, whatever is written after it', async () => {
  const { writer, outcomes, store } = setUp();
  assert.equal(await writer.mark(), undefined, 'nothing was written');
  outcomes(['a', 'b']);
  const mark = writer.mark();
  outcomes(['c']);
  let found: unknown = 'open';
  void mark.then((reached) => (found = reached));
  store(1, false, 12);
  store(2, false, 13);
  await settled();
  assert.equal(found, 'open', 'a is not stored yet');
  store(0, false, 11);
  await settled();
  assert.deepEqual(found, { sequence: 12, eventId: 'b' });
  assert.deepEqual(await writer.mark(), { sequence: 13, eventId: 'c' }, 'everything is stored');
});

test('execution writer: marks no event of an earlier instance, which lies before the epoch', async () => {
  const { writer, outcomes, store } = setUp();
  outcomes(['a', 'b']);
  const mark = writer.mark();
  store(0, false, 12);
  store(1, false, 5);
  assert.deepEqual(await mark, { sequence: 12, eventId: 'a' });
});

test('execution writer: gives no mark any more, when another instance has taken over', async () => {
  const { writer, outcomes } = setUp();
  outcomes(['a']);
  const waits = assert.rejects(writer.mark(), { code: 'FENCED' });
  writer.close();
  await waits;
  await assert.rejects(writer.mark(), { code: 'FENCED' });
});
