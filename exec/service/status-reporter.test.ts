/** When exec may say that it has reported, on a clock that moves by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock, ExecStatus, KeyValue } from '@flotilla/contracts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { startStatusReporter } from './status-reporter.ts';

const STATUS: ExecStatus = {
  schemaVersion: 1,
  portfolio: 'main',
  instance: 'a',
  epoch: 1,
  tradingState: 'ACTIVE',
  reason: '',
  openOrders: 0,
  updatedAt: '2026-11-21T12:00:00Z',
};

function setUp() {
  let nowMs = 0;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: () => Promise.resolve(),
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return () => (timers = timers.filter((each) => each !== timer));
    },
  };
  /** Resolves, or fails, the put that is under way. */
  let settle: { readonly resolve: (revision: number) => void; readonly reject: (error: Error) => void } | undefined;
  let puts = 0;
  const bucket: KeyValue = {
    get: () => Promise.resolve(undefined),
    watch: () => Promise.resolve({ unsubscribe: () => undefined, look: () => Promise.resolve() }),
    lastRevision: () => Promise.resolve(0),
    put() {
      puts += 1;
      return new Promise((resolve, reject) => (settle = { resolve, reject }));
    },
  };
  const logger = makeLogger({ service: 'exec', revision: 'test', level: 'silent' });
  const reporter = startStatusReporter({ bucket, portfolio: 'main', clock, logger, status: () => STATUS });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    reporter,
    puts: () => puts,
    answer: async (error?: Error): Promise<void> => {
      if (error === undefined) settle?.resolve(1);
      else settle?.reject(error);
      await turn();
    },
    advance: async (byMs: number): Promise<void> => {
      nowMs += byMs;
      const due = timers.filter(({ atMs }) => atMs <= nowMs);
      timers = timers.filter(({ atMs }) => atMs > nowMs);
      for (const { callback } of due) callback();
      await turn();
    },
  };
}

test('ageMs: is nothing before a report was stored, then counts from when that report was begun', async () => {
  const { reporter, answer, advance } = setUp();
  await advance(40);
  assert.equal(reporter.ageMs(), undefined);
  await answer();
  await reporter.tried;
  assert.equal(reporter.ageMs(), 40);
});

test('ageMs: grows while reports fail, and each is tried again within a second', async () => {
  const { reporter, answer, advance, puts } = setUp();
  await answer();
  await advance(5_000);
  assert.equal(puts(), 2);
  await answer(new Error('NATS does not answer'));
  await advance(1_000);
  assert.equal(puts(), 3);
  assert.equal(reporter.ageMs(), 6_000);
  await answer();
  assert.equal(reporter.ageMs(), 0);
  reporter.stop();
});

test('tried: resolves when the first report could not be stored, so that a start is not held up', async () => {
  const { reporter, answer } = setUp();
  await answer(new Error('no bucket yet'));
  await reporter.tried;
  assert.equal(reporter.ageMs(), undefined);
  reporter.stop();
});
