import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeNewestFirst } from './newest-first.ts';

const WAIT_MS_MAX = 1_500;

/** One request at a time; each ends when the test says so. */
function makeLine() {
  let nowMs = 0;
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const run = makeNewestFirst({ atOnceMax: 1, waitMsMax: WAIT_MS_MAX, clock: { monotonicMs: () => nowMs } });
  return {
    begun,
    pass: (ms: number) => (nowMs += ms),
    ask: (name: string) =>
      run(() => {
        begun.push(name);
        return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
      }),
    async end(name: string) {
      ends.get(name)?.();
      for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
    },
  };
}

test('makeNewestFirst: begins at once while nothing else runs', async () => {
  const line = makeLine();
  const answer = line.ask('a');
  assert.deepEqual(line.begun, ['a']);
  await line.end('a');
  assert.equal(await answer, 'a');
});

test('makeNewestFirst: takes the newest of those that wait', async () => {
  const line = makeLine();
  for (const name of ['first', 'old', 'new']) void line.ask(name);
  await line.end('first');
  await line.end('new');
  assert.deepEqual(line.begun, ['first', 'new', 'old']);
});

test('makeNewestFirst: drops what has waited too long, and takes what came in between', async () => {
  const line = makeLine();
  void line.ask('first');
  const old = line.ask('old');
  line.pass(WAIT_MS_MAX + 1);
  void line.ask('new');
  await line.end('first');
  assert.deepEqual(line.begun, ['first', 'new']);
  await line.end('new');
  assert.equal(await old, undefined);
  void line.ask('later');
  assert.deepEqual(line.begun, ['first', 'new', 'later']);
});

test('makeNewestFirst: takes what has waited for exactly the bound', async () => {
  const line = makeLine();
  void line.ask('first');
  void line.ask('second');
  line.pass(WAIT_MS_MAX);
  await line.end('first');
  assert.deepEqual(line.begun, ['first', 'second']);
});

test('makeNewestFirst: work that fails ends its turn, and the error reaches who asked', async () => {
  const run = makeNewestFirst({ atOnceMax: 1, waitMsMax: WAIT_MS_MAX, clock: { monotonicMs: () => 0 } });
  await assert.rejects(
    run(() => Promise.reject(new Error('no bucket'))),
    /no bucket/,
  );
  assert.equal(await run(() => Promise.resolve('next')), 'next');
});
