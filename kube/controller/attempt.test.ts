import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import { makeManualClock } from '../testing/manual-clock.ts';
import { startAttempt } from './attempt.ts';
import type { Reconcile } from './reconcile.ts';

const CONTEXT = { priority: 'spec', failures: 2 } as const;

function start(reconcile: Reconcile) {
  const clock = makeManualClock();
  const stopping = new AbortController();
  const options = { controller: 'c', reconcile, deadlineMs: 100, clock, stopping: stopping.signal };
  return { clock, stopping, ...startAttempt(options, 'key', CONTEXT) };
}

test('startAttempt: gives the outcome, passes the context on, and leaves no timer', async () => {
  let seen: unknown;
  const { clock, inTime, whole } = start(async (key, { priority, failures }) => {
    seen = [key, priority, failures];
    return { requeueAfterMs: 5 };
  });
  assert.deepEqual(await inTime, { outcome: { requeueAfterMs: 5 } });
  assert.deepEqual(await whole, { outcome: { requeueAfterMs: 5 } });
  assert.deepEqual([seen, clock.timers], [['key', 'spec', 2], 0]);
});

test('startAttempt: gives an operating error as a value, and rejects with an assertion: a bug must end the process', async () => {
  const error = new Error('x');
  assert.deepEqual(await start(() => Promise.reject(error)).inTime, { error });
  const { inTime, whole } = start(() => Promise.reject(new AssertionError('wrong')));
  await assert.rejects(inTime, { name: 'AssertionError' });
  await assert.rejects(whole, { name: 'AssertionError' });
});

for (const [ending, end] of [
  ['succeeds', (call: PromiseWithResolvers<undefined>) => call.resolve(undefined)],
  ['fails', (call: PromiseWithResolvers<undefined>) => call.reject(new Error('other'))],
] as const) {
  test(`startAttempt: is late at the deadline, aborts the signal, and fails for the deadline although the call ${ending} afterwards`, async () => {
    const call = Promise.withResolvers<undefined>();
    let signal: AbortSignal | undefined;
    const { clock, inTime, whole } = start((_key, context) => {
      signal = context.signal;
      return call.promise;
    });
    await clock.advance(99);
    assert.equal(signal?.aborted, false);
    await clock.advance(1);
    assert.equal(await inTime, 'late');
    assert.equal(signal?.aborted, true);
    end(call);
    const attempt = await whole;
    assert.match(String('error' in attempt && attempt.error), /reconcile of key took longer than 100 ms/);
  });
}

test('startAttempt: follows the stop of its controller until the call has returned', async () => {
  const call = Promise.withResolvers<undefined>();
  const signals: AbortSignal[] = [];
  const reconcile: Reconcile = (_key, { signal }) => {
    signals.push(signal);
    return call.promise;
  };
  const first = start(reconcile);
  first.stopping.abort(new Error('stopped'));
  assert.equal(signals[0]?.aborted, true);
  const second = start(reconcile);
  call.resolve(undefined);
  await second.whole;
  second.stopping.abort(new Error('stopped'));
  assert.equal(signals[1]?.aborted, false, 'the attempt has ended');
});
