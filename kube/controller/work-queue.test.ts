import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeManualClock } from '../testing/manual-clock.ts';
import { PRIORITIES, type Priority, priorityRank } from './priority.ts';
import { makeWorkQueue, type WorkQueue } from './work-queue.ts';

function takeAll(queue: WorkQueue): readonly string[] {
  const keys: string[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) {
    keys.push(item.key);
    queue.done(item.key);
  }
  return keys;
}

const makeQueue = () => {
  const clock = makeManualClock();
  return { clock, queue: makeWorkQueue(clock, () => undefined) };
};

test('add: a key waits once, however often it is added', () => {
  const { queue } = makeQueue();
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key, 'spec');
  assert.deepEqual(takeAll(queue), ['a', 'b']);
});

test('add: goes by priority, then by arrival', () => {
  const { queue } = makeQueue();
  queue.add('r', 'resync');
  queue.add('s1', 'spec');
  queue.add('p', 'permission');
  queue.add('s2', 'spec');
  queue.add('k', 'kill');
  assert.deepEqual(takeAll(queue), ['k', 'p', 's1', 's2', 'r']);
});

test('add: a waiting key rises to a higher priority and never falls', () => {
  const { queue } = makeQueue();
  queue.add('a', 'spec');
  queue.add('b', 'resync');
  queue.add('b', 'kill');
  queue.add('b', 'resync');
  assert.deepEqual(takeAll(queue), ['b', 'a']);
});

test('take: does not give a key that a worker has, and gives it later at its priority, when it was added meanwhile', () => {
  const { queue } = makeQueue();
  queue.add('a', 'resync');
  assert.equal(queue.take()?.key, 'a');
  queue.add('a', 'resync');
  queue.add('a', 'kill');
  assert.equal(queue.take(), undefined);
  queue.done('a');
  assert.deepEqual(queue.take(), { key: 'a', priority: 'kill', waitedMs: 0 });
});

test('take: leaves keys below the lowest wanted priority', () => {
  const { queue } = makeQueue();
  queue.add('s', 'spec');
  assert.equal(queue.take('kill'), undefined);
  queue.add('k', 'kill');
  assert.equal(queue.take('kill')?.key, 'k');
});

test('addAfter: adds when the delay is over, and of several delays the earliest', async () => {
  const { clock, queue } = makeQueue();
  queue.addAfter('a', 'resync', 1_000);
  queue.addAfter('a', 'resync', 5_000);
  queue.addAfter('b', 'resync', 5_000);
  queue.addAfter('b', 'resync', 2_000);
  await clock.advance(999);
  assert.deepEqual(takeAll(queue), []);
  await clock.advance(1);
  assert.deepEqual(takeAll(queue), ['a']);
  await clock.advance(1_000);
  assert.deepEqual(takeAll(queue), ['b']);
  await clock.advance(10_000);
  assert.deepEqual(takeAll(queue), []);
});

test('addAfter: is forgotten, when the key is taken before', async () => {
  const { clock, queue } = makeQueue();
  queue.addAfter('a', 'resync', 1_000);
  queue.add('a', 'spec');
  assert.deepEqual(takeAll(queue), ['a']);
  assert.equal(clock.timers, 0);
});

test('waitedMs: counts from the first add, also over a rise in priority', async () => {
  const { clock, queue } = makeQueue();
  queue.add('a', 'resync');
  await clock.advance(50);
  queue.add('a', 'kill');
  await clock.advance(50);
  assert.equal(queue.oldestWaitMs(), 100);
  assert.equal(queue.take()?.waitedMs, 100);
});

test('close: drops waiting keys and timers, and ignores keys that are added later', () => {
  const { clock, queue } = makeQueue();
  queue.add('a', 'kill');
  queue.addAfter('b', 'kill', 1_000);
  queue.close();
  queue.add('c', 'kill');
  assert.equal(clock.timers, 0);
  assert.equal(queue.depth, 0);
  assert.equal(queue.take(), undefined);
});

type Command =
  | { readonly type: 'add'; readonly key: string; readonly priority: Priority }
  | { readonly type: 'take' }
  | { readonly type: 'done' };

test('queue: agrees with a plain list as model, for any sequence of add, take and done', () => {
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.record({ type: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c', 'd'), priority: fc.constantFrom(...PRIORITIES) }),
    fc.record({ type: fc.constant('take' as const) }),
    fc.record({ type: fc.constant('done' as const) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const { queue } = makeQueue();
      let waiting: { key: string; rank: number; order: number }[] = [];
      const taken = new Map<string, number | undefined>();
      let order = 0;
      const enqueue = (key: string, rank: number): void => {
        const held = waiting.find((item) => item.key === key);
        if (held !== undefined && held.rank <= rank) return;
        waiting = waiting.filter((item) => item !== held);
        order += 1;
        waiting.push({ key, rank, order });
      };
      for (const step of commands) {
        if (step.type === 'add') {
          const rank = priorityRank(step.priority);
          queue.add(step.key, step.priority);
          if (taken.has(step.key)) taken.set(step.key, Math.min(rank, taken.get(step.key) ?? rank));
          else enqueue(step.key, rank);
        } else if (step.type === 'take') {
          const [expected] = waiting.toSorted((left, right) => left.rank - right.rank || left.order - right.order);
          assert.equal(queue.take()?.key, expected?.key);
          if (expected === undefined) continue;
          waiting = waiting.filter((item) => item !== expected);
          taken.set(expected.key, undefined);
        } else {
          const [first] = taken;
          if (first === undefined) continue;
          queue.done(first[0]);
          taken.delete(first[0]);
          if (first[1] !== undefined) enqueue(first[0], first[1]);
        }
        assert.equal(queue.depth, waiting.length);
        assert.equal(queue.taken, taken.size);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('take, oldestWaitMs: measure how long a key has waited, over a rise in priority', async () => {
  const { clock, queue } = makeQueue();
  assert.equal(queue.oldestWaitMs(), 0);
  await clock.advance(1_000);
  queue.add('a', 'resync');
  await clock.advance(30);
  queue.add('b', 'kill');
  queue.add('a', 'spec');
  await clock.advance(12);
  assert.equal(queue.oldestWaitMs(), 42);
  assert.deepEqual(
    [queue.take(), queue.take()].map((item) => [item?.key, item?.waitedMs]),
    [
      ['b', 12],
      ['a', 42],
    ],
  );
});

test('close: drops what waits, its timers, and what is added later', async () => {
  const { clock, queue } = makeQueue();
  queue.add('a', 'spec');
  queue.addAfter('b', 'spec', 10);
  queue.close();
  queue.add('c', 'spec');
  queue.addAfter('d', 'spec', 10);
  assert.equal(clock.timers, 0);
  await clock.advance(20);
  assert.deepEqual([queue.depth, queue.take()], [0, undefined]);
});

test('done, addAfter: an assertion refuses a key that no worker has, and a delay that is not a finite time', () => {
  const { queue } = makeQueue();
  assert.throws(() => queue.done('a'), { name: 'AssertionError', message: /expected a key that a worker has, found a/ });
  for (const delayMs of [-1, Number.NaN, Infinity]) assert.throws(() => queue.addAfter('a', 'spec', delayMs), { name: 'AssertionError' });
});

test('add: calls back once for each key that begins to wait or rises, and not for one that waits already', () => {
  let calls = 0;
  const queue = makeWorkQueue(makeManualClock(), () => (calls += 1));
  queue.add('a', 'spec');
  queue.add('a', 'spec');
  queue.add('a', 'resync');
  assert.equal(calls, 1);
  queue.add('a', 'kill');
  assert.equal(calls, 2);
});
