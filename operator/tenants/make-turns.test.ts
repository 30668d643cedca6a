import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTurns } from './make-turns.ts';

test('makeTurns: runs one piece of work at a time, in order, also after one that failed', async () => {
  const turn = makeTurns();
  const said: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turn(async () => {
    said.push('first begins');
    await gate.promise;
    said.push('first ends');
    throw new Error('first failed');
  });
  const second = turn(() => Promise.resolve(said.push('second')));
  await Promise.resolve();
  assert.deepEqual(said, ['first begins']);
  gate.resolve();
  await assert.rejects(first, /first failed/);
  assert.equal(await second, 3);
  assert.deepEqual(said, ['first begins', 'first ends', 'second']);
});
