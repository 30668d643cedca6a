import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { makeObject } from '../testing/objects.ts';
import { makeHaltRegister } from './halt-register.ts';

const NOW = '2026-01-01T00:00:00.000Z';
const silent = { debug() {}, info() {}, warn() {}, error() {} } as never;
const killSwitch = (name: string, resourceVersion: string, more: Partial<ResourceObject['metadata']> = {}): ResourceObject =>
  makeObject('KillSwitch', name, { scope: { type: 'All' }, mode: 'CancelAndHold', reason: 'drill' }, { resourceVersion, ...more });
const leaving = killSwitch('first', '5', { deletionTimestamp: NOW });
const engaged: HaltRecord = {
  schemaVersion: 1,
  portfolio: 'main',
  generation: 3,
  state: 'ENGAGED',
  haltId: 'uid-first',
  killSwitch: 'first',
  mode: 'CancelAndHold',
  reason: 'drill',
  writtenAt: NOW,
};
const complete = { halt: { haltId: 'uid-first', generation: 3, zeroOpenOrdersVerifiedAt: NOW } } as ExecStatus;

/** What stands after one look, and how often the API server was asked. */
async function outcome(current: HaltRecord | undefined, cached: readonly ResourceObject[], live: readonly ResourceObject[]) {
  let asked = 0;
  const register = makeHaltRegister({
    bus: { readHalt: () => Promise.resolve(current), writeHalt: () => Promise.resolve(), audit: () => Promise.resolve() },
    board: { exec: () => ({ value: complete, fresh: true }), isConclusive: () => true },
    killSwitches: { list: () => cached },
    liveKillSwitches: () => {
      asked += 1;
      return Promise.resolve(live);
    },
    namespace: 'trading',
    clock: { nowMs: () => Date.parse(NOW) },
    logger: silent,
  });
  const { state, killSwitch: name } = await register.sync('main');
  return { state, name, asked };
}

for (const [reason, current, cached, live, expected] of [
  [
    'the cache has not heard of the newest switch',
    engaged,
    [leaving],
    [leaving, killSwitch('second', '6')],
    { state: 'ENGAGED', name: 'second', asked: 1 },
  ],
  ['no switch is left', engaged, [leaving], [leaving], { state: 'RELEASED', name: undefined, asked: 1 }],
  ['the API server is behind the cache', engaged, [leaving, killSwitch('second', '6')], [], { state: 'ENGAGED', name: 'second', asked: 0 }],
  [
    'the first record of a portfolio is due and the cache is behind',
    undefined,
    [],
    [killSwitch('second', '6')],
    { state: 'ENGAGED', name: 'second', asked: 1 },
  ],
  ['a halt begins', undefined, [killSwitch('second', '6')], [], { state: 'ENGAGED', name: 'second', asked: 0 }],
  ['nothing changes', engaged, [killSwitch('first', '4')], [], { state: 'ENGAGED', name: 'first', asked: 0 }],
] as const) {
  test(`sync: asks the API server before a halt says less, when ${reason}`, async () =>
    assert.deepEqual(await outcome(current, cached, live), expected));
}
