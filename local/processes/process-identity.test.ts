import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { isAlive, parseStartTicks, processIdentity, signalProcess } from './process-identity.ts';

test('parseStartTicks: reads field 22, when the name holds blanks and parentheses', () => {
  const rest = Array.from({ length: 50 }, (_, index) => String(index + 4));
  assert.equal(parseStartTicks(`12 (a) b (c)) S ${rest.join(' ')}`), '22');
});

test('parseStartTicks: is undefined, when the process is a zombie', () => {
  assert.equal(parseStartTicks(`12 (a) Z ${'0 '.repeat(40)}`), undefined);
});

test('signalProcess: signals the process it means, and no later one with the same id', async () => {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  const identity = processIdentity(child.pid ?? 0);
  assert.ok(identity !== undefined && isAlive(identity));
  assert.equal(signalProcess({ ...identity, startTicks: '1' }, 'SIGKILL', 'group'), false, 'another start time is another process');
  assert.equal(signalProcess({ ...identity, bootId: 'x' }, 'SIGKILL', 'group'), false, 'another boot is another process');
  assert.ok(isAlive(identity));
  const exited = once(child, 'exit');
  assert.equal(signalProcess(identity, 'SIGTERM', 'group'), true);
  await exited;
  assert.equal(isAlive(identity), false);
  assert.equal(signalProcess(identity, 'SIGTERM', 'group'), false);
});
