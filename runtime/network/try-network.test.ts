import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KnockAnswer } from './knock.ts';
import { tryNetwork } from './try-network.ts';

const target = (name: string) => ({ name, host: name, port: 80 });
const TARGETS = { permitted: { host: 'bus', port: 4222 }, denied: ['apiServer', 'store', 'gateway'].map(target) };

/** @param answers of each host, in the order of the tries; the last one repeats */
async function tryAll(answers: Readonly<Record<string, readonly KnockAnswer[]>>) {
  const steps: string[] = [];
  const tries = new Map<string, number>();
  const tried = await tryNetwork({
    targets: TARGETS,
    knock({ host }) {
      steps.push(host);
      const count = tries.get(host) ?? 0;
      tries.set(host, count + 1);
      const all = answers[host] ?? ['Closed'];
      return Promise.resolve(all[Math.min(count, all.length - 1)] ?? 'Closed');
    },
    pause() {
      steps.push('pause');
      return Promise.resolve();
    },
  });
  return { tried, steps };
}

test('tryNetwork: sorts the addresses by their answers, and tries the permitted one last', async () => {
  const { tried, steps } = await tryAll({ bus: ['Open'], gateway: ['Unresolved'] });
  assert.deepEqual(tried, { permitted: 'Reached', denied: ['apiServer', 'store'], reached: [], unresolved: ['gateway'] });
  assert.deepEqual(steps, ['apiServer', 'store', 'gateway', 'bus']);
});

test('tryNetwork: an address counts as reached when it accepts twice, with a pause between', async () => {
  const { tried, steps } = await tryAll({ bus: ['Open'], store: ['Open'], gateway: ['Open', 'Closed'] });
  assert.deepEqual(tried, { permitted: 'Reached', denied: ['apiServer', 'gateway'], reached: ['store'], unresolved: [] });
  assert.deepEqual(steps, ['apiServer', 'store', 'gateway', 'pause', 'store', 'gateway', 'bus']);
});

test('tryNetwork: says that the permitted address is silent', async () => {
  const { tried } = await tryAll({ bus: ['Closed'] });
  assert.deepEqual(tried, { permitted: 'Silent', denied: ['apiServer', 'store', 'gateway'], reached: [], unresolved: [] });
});
