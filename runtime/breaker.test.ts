import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts';
import { makeBreaker } from './breaker.ts';
import { eventually } from './testing/eventually.ts';

const failure = new Error('down');
const fail = async () => {
  throw failure;
};
const isOpen = (error: unknown) => error instanceof FlotillaError && error.code === 'CIRCUIT_OPEN';

test('makeBreaker: passes results and errors through, when closed', async () => {
  const breaker = makeBreaker({ dependency: 'it', failuresMax: 2 });
  assert.equal(await breaker.run(async () => 7), 7);
  await assert.rejects(breaker.run(fail), failure);
  assert.equal(breaker.isOpen(), false);
});

test('makeBreaker: refuses calls after several failures in a row, and allows a trial call after a while', async () => {
  const states: string[] = [];
  const breaker = makeBreaker({ dependency: 'it', failuresMax: 2, openMs: 20, onStateChange: (state) => states.push(state) });
  await assert.rejects(breaker.run(fail), failure);
  await breaker.run(async () => 'a success between starts the count anew');
  await assert.rejects(breaker.run(fail), failure);
  await assert.rejects(breaker.run(fail), failure);
  let called = false;
  const call = async () => {
    called = true;
  };
  await assert.rejects(breaker.run(call), isOpen);
  assert.equal(called, false);
  assert.equal(breaker.isOpen(), true);
  await eventually('the trial call passes', async () => {
    await breaker.run(call);
    return true;
  });
  assert.deepEqual(states, ['open', 'half-open', 'closed']);
});
