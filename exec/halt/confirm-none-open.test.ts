import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, type Clock, FlotillaError } from '@flotilla/contracts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { confirmNoneOpen } from './confirm-none-open.ts';

const logger = makeLogger({ service: 'exec', revision: 'test', level: 'silent' });

/** Answers in order; an error is thrown. Gives the delays that were waited and how often open orders were cancelled. */
async function play(answers: readonly (number | Error)[], isInForce = () => true) {
  const left = [...answers];
  const sleepsMs: number[] = [];
  let cancels = 0;
  const sleep = (delayMs: number) => Promise.resolve(void sleepsMs.push(delayMs));
  const clock: Clock = { nowMs: () => 0, monotonicMs: () => 0, sleep, after: () => () => undefined };
  const isConfirmed = await confirmNoneOpen({
    clock,
    logger,
    countOpen: () => {
      const answer = left.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? 0);
    },
    cancelOpen: () => (cancels += 1),
    isInForce,
  });
  return { isConfirmed, sleepsMs, cancels, asked: answers.length - left.length };
}

const outage = new FlotillaError('BUS_UNAVAILABLE', 'away');

test('confirmNoneOpen: asks twice, when no order is open', async () => {
  assert.deepEqual(await play([0, 0, 0]), { isConfirmed: true, sleepsMs: [5], cancels: 0, asked: 2 });
});

test('confirmNoneOpen: cancels again and begins to count again, when an order is open between two looks', async () => {
  assert.deepEqual(await play([0, 1, 0, 0]), { isConfirmed: true, sleepsMs: [5, 5, 10], cancels: 1, asked: 4 });
});

test('confirmNoneOpen: counts no answer as none, when the venue does not answer', async () => {
  assert.deepEqual(await play([0, outage, 0, 0]), { isConfirmed: true, sleepsMs: [5, 5, 10], cancels: 0, asked: 4 });
});

test('confirmNoneOpen: waits at most a second, when orders stay open', async () => {
  const { sleepsMs } = await play([...Array.from({ length: 12 }, () => 1), 0, 0]);
  assert.equal(Math.max(...sleepsMs), 1_000);
});

test('confirmNoneOpen: confirms nothing, when the halt is no longer in force', async () => {
  let calls = 0;
  assert.deepEqual(await play([0, 0], () => (calls += 1) < 2), { isConfirmed: false, sleepsMs: [5], cancels: 0, asked: 2 });
});

test('confirmNoneOpen: does not cancel, when the halt ended while the venue was asked', async () => {
  assert.deepEqual(await play([1], () => false), { isConfirmed: false, sleepsMs: [], cancels: 0, asked: 1 });
});

test('confirmNoneOpen: ends, when the halt was released during an outage of the venue', async () => {
  assert.deepEqual(await play([outage], () => false), { isConfirmed: false, sleepsMs: [], cancels: 0, asked: 1 });
});

test('confirmNoneOpen: asks less and less often, when orders stay open', async () => {
  const { sleepsMs, cancels } = await play([1, 1, outage, 0, 0]);
  assert.deepEqual([sleepsMs, cancels], [[5, 10, 20, 40], 2]);
});

for (const count of [Number.NaN, -1, 0.5]) {
  test(`confirmNoneOpen: ends by an assertion, when the count is ${count}`, async () => {
    await assert.rejects(play([count, 0, 0]), AssertionError);
  });
}
