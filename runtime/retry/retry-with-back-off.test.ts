import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, FlotillaError, type Rng } from '@flotilla/contracts';
import { recordingLogger } from '../testing/recording-logger.ts';
import { type RetryOptions, retryWithBackOff } from './retry-with-back-off.ts';

const rng: Rng = { next: () => 0, bytes: (length) => new Uint8Array(length) };

function retryWorld(changes: Partial<RetryOptions> = {}) {
  const delaysMs: number[] = [];
  const problems: (string | undefined)[] = [];
  const stopping = new AbortController();
  const clock: Clock = {
    nowMs: () => 0,
    monotonicMs: () => 0,
    async sleep(delayMs, signal) {
      signal?.throwIfAborted();
      delaysMs.push(delayMs);
    },
    after: () => () => undefined,
  };
  const { logger, lines } = recordingLogger('info');
  const options: RetryOptions = {
    clock,
    rng,
    logger,
    signal: stopping.signal,
    operation: 'test the retry',
    delays: { firstMs: 10, maxMs: 40 },
    triesMax: 'untilAborted',
    onProblem: (problem) => problems.push(problem),
    ...changes,
  };
  return { options, delaysMs, problems, stopping, lines };
}

const unavailable = () => new FlotillaError('BUS_UNAVAILABLE', 'no NATS');

function failing(times: number, error: () => Error) {
  let tries = 0;
  return {
    work: async () => {
      tries += 1;
      if (tries <= times) throw error();
      return tries;
    },
    tries: () => tries,
  };
}

test('retryWithBackOff: waits longer and longer to the bound, when the operation fails again and again', async () => {
  const { options, delaysMs } = retryWorld();
  assert.equal(await retryWithBackOff(failing(5, unavailable).work, options), 6);
  assert.deepEqual(delaysMs, [10, 20, 40, 40, 40]);
});

test('retryWithBackOff: logs one warning and one success for an outage, when it fails often for one reason', async () => {
  const { options, lines, problems } = retryWorld();
  await retryWithBackOff(failing(50, unavailable).work, options);
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['warn', 'info'],
  );
  assert.deepEqual([problems.at(0), problems.at(-1)], ['BUS_UNAVAILABLE: no NATS', undefined]);
});

test('retryWithBackOff: throws at once, when the error is a bug', async () => {
  const { options } = retryWorld();
  const { work, tries } = failing(1, () => new TypeError('a bug'));
  await assert.rejects(retryWithBackOff(work, options), TypeError);
  assert.equal(tries(), 1);
});

test('retryWithBackOff: throws at once, when isRetryable is false', async () => {
  const { options } = retryWorld({ isRetryable: ({ code }) => code !== 'FENCED' });
  const { work, tries } = failing(1, () => new FlotillaError('FENCED', 'another one'));
  await assert.rejects(retryWithBackOff(work, options), { code: 'FENCED' });
  assert.equal(tries(), 1);
});

test('retryWithBackOff: throws the last error, when its tries are used up', async () => {
  const { options, delaysMs } = retryWorld({ triesMax: 3 });
  const { work, tries } = failing(9, unavailable);
  await assert.rejects(retryWithBackOff(work, options), { code: 'BUS_UNAVAILABLE' });
  assert.equal(tries(), 3);
  assert.equal(delaysMs.length, 2);
});

test('retryWithBackOff: throws the reason of the signal and does not retry, when the signal aborts', async () => {
  const { options, stopping } = retryWorld();
  const reason = new Error('stopped');
  let tries = 0;
  const work = async () => {
    tries += 1;
    stopping.abort(reason);
    throw unavailable();
  };
  await assert.rejects(retryWithBackOff(work, options), reason);
  assert.equal(tries, 1);
});
