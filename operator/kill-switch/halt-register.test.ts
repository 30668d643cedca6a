import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { makeObject } from '../testing/objects.ts';
import { makeHaltRegister } from './halt-register.ts';

const NOW = '2026-01-01T00:00:00.000Z';
const silent = { debug() {}, info() {}, warn() {}, error() {} } as never;
const killSwitch = (name: string, resourceVersion: string, more: Partial<ResourceObject['metadata']> = {}): ResourceObject =>
  makeObject('KillSwitch', name, { scope: { type: 'All' }, mode: 'CancelAndHold', reason: 'drill' }, { resourceVersion, ...more });
/** Its status says that it has engaged everything in its scope. */
const TOLD = { namespaces: [{ namespace: 'trading', reason: 'Halted' }] };
const leaving = { ...killSwitch('first', '5', { deletionTimestamp: NOW }), status: TOLD };
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

interface Given {
  readonly current?: HaltRecord | undefined;
  readonly cached?: readonly ResourceObject[];
  readonly live?: readonly ResourceObject[];
  readonly exec?: ExecStatus | undefined;
  readonly hasRun?: boolean;
  readonly auditFails?: boolean;
}

function setUp({ current, cached = [], live = cached, exec, hasRun = true, auditFails = false }: Given) {
  let record = current;
  let asked = 0;
  const objects = [...cached];
  const audited: string[] = [];
  let report = exec;
  const register = makeHaltRegister({
    bus: {
      readHalt: () => Promise.resolve(record === undefined ? { kind: 'absent' } : { kind: 'record', record }),
      writeHalt(written) {
        record = written;
        return Promise.resolve();
      },
      audit(_portfolio, _id, action, details) {
        if (auditFails) return Promise.reject(new FlotillaError('BUS_UNAVAILABLE', 'away'));
        audited.push(`${action} ${details['killSwitch'] ?? details['person'] ?? ''}`);
        return Promise.resolve();
      },
      hasRun: () => Promise.resolve(hasRun),
    },
    board: { exec: () => (report === undefined ? undefined : { value: report, fresh: true }) },
    killSwitches: { list: () => objects },
    liveKillSwitches: () => {
      asked += 1;
      return Promise.resolve(live);
    },
    portfolios: () => ['main'],
    namespace: 'trading',
    clock: { nowMs: () => Date.parse(NOW) },
    logger: silent,
  });
  /** exec confirms what stands. */
  const confirm = (): void => {
    const { haltId = '', generation = 0 } = record ?? {};
    report = { halt: { haltId, generation, zeroOpenOrdersVerifiedAt: NOW } } as ExecStatus;
  };
  return { register, objects, audited, confirm, asked: () => asked, record: () => record };
}

/** What stands after one look, and how often the API server was asked. */
async function outcome(current: HaltRecord | undefined, cached: readonly ResourceObject[], live: readonly ResourceObject[]) {
  const { register, asked } = setUp({ current, cached, live, exec: complete });
  for (const object of cached) if (object.metadata.deletionTimestamp === undefined) register.observe(object);
  const { state, killSwitch: name } = await register.sync('main');
  return { state, name, asked: asked() };
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

test('sync: a KillSwitch that is gone before anything was written still engages once, and is released when exec has confirmed', async () => {
  const object = killSwitch('brief', '4');
  const { register, audited, confirm } = setUp({});
  register.observe(object);
  register.forget(object);
  assert.deepEqual(await register.sync('main').then(({ state, killSwitch: name }) => [state, name]), ['ENGAGED', 'brief']);
  assert.equal((await register.sync('main')).generation, 1, 'exec has not confirmed yet');
  confirm();
  assert.deepEqual(await register.sync('main').then(({ state, generation }) => [state, generation]), ['RELEASED', 2]);
  assert.equal((await register.sync('main')).generation, 2, 'it does not engage a second time');
  assert.deepEqual(audited, ['HALT_ENGAGED brief', 'HALT_RELEASED brief']);
});

test('sync: a KillSwitch that has engaged and is gone does not engage again', async () => {
  const object = killSwitch('first', '4');
  const { register, objects, confirm } = setUp({ cached: [object], live: [] });
  assert.equal((await register.sync('main')).state, 'ENGAGED');
  confirm();
  objects.length = 0;
  register.forget(object);
  assert.equal((await register.sync('main')).state, 'RELEASED');
  assert.equal((await register.sync('main')).state, 'RELEASED');
});

const overridden = {
  ...leaving,
  metadata: { ...leaving.metadata, annotations: { 'flotilla.dev/delete-without-exec': 'ada: the node is gone' } },
};

test('sync: an override releases a halt that no exec confirms, and is audited first', async () => {
  const { register, audited } = setUp({ current: engaged, cached: [overridden] });
  assert.equal((await register.sync('main')).state, 'RELEASED');
  assert.deepEqual(audited, ['DELETION_OVERRIDDEN ada', 'HALT_RELEASED first']);
});

test('sync: an override releases nothing while the audit log cannot be written', async () => {
  const { register, record } = setUp({ current: engaged, cached: [overridden], auditFails: true });
  await assert.rejects(register.sync('main'), { code: 'BUS_UNAVAILABLE' });
  assert.equal(record(), engaged);
});

for (const [reason, hasRun, expected] of [
  ['stays while exec is silent', true, 'ENGAGED'],
  ['is released when the bus knows no event of any exec', false, 'RELEASED'],
] as const) {
  test(`sync: the halt of a deleted KillSwitch ${reason}`, async () => {
    const { register } = setUp({ current: engaged, cached: [leaving], hasRun });
    assert.equal((await register.sync('main')).state, expected);
  });
}
