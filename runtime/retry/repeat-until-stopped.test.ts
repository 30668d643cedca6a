import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { repeatUntilStopped } from './repeat-until-stopped.ts';

/** A loop whose rounds wait until they are woken or stopped, or until the test ends them. */
function startLoop() {
  let rounds = 0;
  let endRound = (): void => undefined;
  const loop = repeatUntilStopped((signal) => {
    rounds += 1;
    return new Promise((resolve, reject) => {
      endRound = resolve;
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  });
  return { loop, rounds: () => rounds, endRound: () => endRound() };
}

test('repeatUntilStopped: begins the next round when a round ends', async () => {
  const { loop, rounds, endRound } = startLoop();
  endRound();
  await nextTurn();
  assert.equal(rounds(), 2);
  await loop.stop();
});

test('repeatUntilStopped: begins one round at once for each wake', async () => {
  const { loop, rounds } = startLoop();
  loop.wake('first');
  await nextTurn();
  loop.wake('second');
  await nextTurn();
  assert.equal(rounds(), 3);
  await loop.stop();
});

test('repeatUntilStopped: begins no round after the stop', async () => {
  const { loop, rounds } = startLoop();
  await loop.stop();
  loop.wake('too late');
  await nextTurn();
  assert.equal(rounds(), 1);
});

test('repeatUntilStopped: ends the process for an error of a round that was not woken', () => {
  const module = import.meta.resolve('./repeat-until-stopped.ts');
  const program = `import { repeatUntilStopped } from '${module}'; repeatUntilStopped(() => Promise.reject(new Error('a bug')));`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  assert.deepEqual([status, /Error: a bug/.test(stderr)], [1, true]);
});
