import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@flotilla/kube/mod.ts';
import { probeStore } from './probe-store.ts';
import { storeCells } from './store-cells.ts';

interface World {
  readonly told: string[];
  readonly counted: string[];
  leakCount: number;
}

/** Runs a round over the gateways of two namespaces, on a store with this judgement. */
async function roundOf(wouldAllow: (user: string, command: readonly string[]) => boolean): Promise<World> {
  const world: World = { told: [], counted: [], leakCount: -1 };
  await probeStore({
    users: () =>
      new Map([
        ['a', 'gateway.a.1'],
        ['b', 'gateway.b.1'],
      ]),
    wouldAllow: (user, command) => Promise.resolve(wouldAllow(user, command)),
    tellLeak(namespace, leaks) {
      world.told.push(`${namespace}: ${leaks.join(', ')}`);
      return Promise.resolve();
    },
    noteLeaks: (count) => (world.leakCount = count),
    count: (outcome) => world.counted.push(outcome),
    logger: silentLogger,
  });
  return world;
}

function isOwn(user: string, command: readonly string[]): boolean {
  const namespace = user.split('.')[1] ?? '';
  return command[0] === 'PING' || (['GET', 'SET'].includes(command[0] ?? '') && command[1]?.startsWith(`nonce:${namespace}:`) === true);
}

test('probeStore: finds no leak where each gateway reaches its own keys alone', async () => {
  assert.deepEqual(await roundOf(isOwn), { told: [], counted: ['enforced', 'enforced'], leakCount: 0 });
});

test('probeStore: tells a gateway that reaches the keys of another namespace', async () => {
  const { told, counted, leakCount } = await roundOf(
    (user, command) => isOwn(user, command) || (user === 'gateway.a.1' && command[1]?.startsWith('nonce:b:') === true),
  );
  assert.deepEqual(told, ['a: GET nonce:b:probe:probe, SET nonce:b:probe:probe x']);
  assert.deepEqual([counted, leakCount], [['leak', 'enforced'], 1]);
});

test('probeStore: counts a gateway that may not do its own work, and tells no leak', async () => {
  const { told, counted } = await roundOf(() => false);
  assert.deepEqual([told, counted], [[], ['unanswered', 'unanswered']]);
});

test('storeCells: tries the keys of every other namespace, and of a namespace whose name begins with the own one', () => {
  const keys = storeCells('a', ['a', 'b', 'c']).forbidden.map((command) => command[1] ?? '');
  for (const key of ['nonce:b:probe:probe', 'nonce:c:probe:probe', 'nonce:ax:probe:probe']) assert.ok(keys.includes(key), key);
});
