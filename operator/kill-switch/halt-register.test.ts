import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { HaltReading } from '../provision/halt-reading.ts';
import { makeObject } from '../testing/objects.ts';
import { makeHaltRegister } from './halt-register.ts';

const NOW = '2026-01-01T00:00:00.000Z';
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
  /** Errors of the first writes. */
  readonly writes?: readonly Error[];
  readonly reading?: HaltReading;
}

function setUp({ current, cached = [], live = cached, exec, hasRun = true, auditFails = false, writes = [], reading }: Given) {
  let record = current;
  let asked = 0;
  let asksOfRun = 0;
  let [reads, readsMax] = [0, 0];
  const failures = [...writes];
  const told: string[] = [];
  const details: Readonly<Record<string, string>>[] = [];
  const logged: string[] = [];
  const log = (level: string) => (_fields: unknown, text: string) => void logged.push(`${level}: ${text}`);
  const objects = [...cached];
  const audited: string[] = [];
  let report = exec;
  const register = makeHaltRegister({
    bus: {
      async readHalt() {
        told.push('read');
        reads += 1;
        readsMax = Math.max(readsMax, reads);
        await new Promise((resolve) => setImmediate(resolve));
        reads -= 1;
        if (reading !== undefined && record === undefined) return reading;
        return record === undefined ? { kind: 'absent' } : { kind: 'record', record };
      },
      writeHalt(written) {
        told.push(`write ${written.generation}`);
        const failure = failures.shift();
        if (failure !== undefined) return Promise.reject(failure);
        record = written;
        return Promise.resolve();
      },
      audit(_portfolio, id, action, more) {
        told.push(`audit ${id}`);
        if (auditFails) return Promise.reject(new FlotillaError('BUS_UNAVAILABLE', 'away'));
        audited.push(`${action} ${more['killSwitch'] ?? more['person'] ?? ''}`);
        details.push(more);
        return Promise.resolve();
      },
      hasRun() {
        asksOfRun += 1;
        return Promise.resolve(hasRun);
      },
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
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
  });
  /** exec confirms what stands. */
  const confirm = (): void => {
    const { haltId = '', generation = 0 } = record ?? {};
    report = { halt: { haltId, generation, zeroOpenOrdersVerifiedAt: NOW } } as ExecStatus;
  };
  return {
    register,
    objects,
    audited,
    confirm,
    asked: () => asked,
    asksOfRun: () => asksOfRun,
    readsAtOnceMax: () => readsMax,
    told,
    details,
    logged,
    record: () => record,
  };
}

/** The halt record after one look, and the count of reads from the API server. */
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
  [
    'the API server shows an older version of the switch',
    engaged,
    [leaving],
    [killSwitch('first', '4')],
    { state: 'RELEASED', name: undefined, asked: 1 },
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

const CHANGED = new FlotillaError('RECORD_CHANGED', 'another writer was faster');

for (const { reason, writes, want } of [
  { reason: 'another writer was faster twice', writes: [CHANGED, CHANGED], want: 'ENGAGED' },
  { reason: 'another writer was faster three times', writes: [CHANGED, CHANGED, CHANGED], want: 'RECORD_CHANGED' },
  { reason: 'the bus went away', writes: [new FlotillaError('BUS_UNAVAILABLE', 'away')], want: 'BUS_UNAVAILABLE' },
]) {
  test(`sync: ends with ${want}, when ${reason}`, async () => {
    const { register, told } = setUp({ cached: [killSwitch('second', '6')], writes });
    const result = await register.sync('main').then(
      ({ state }) => state,
      (error: FlotillaError) => error.code,
    );
    assert.equal(result, want);
    const tries = Math.min(3, writes.filter((error) => error === CHANGED).length + 1);
    assert.equal(told.filter((line) => line === 'read').length, tries, 'each try reads anew');
  });
}

test('sync: rejects for a bug, and does not repeat it', async () => {
  const { register, told } = setUp({ cached: [killSwitch('second', '6')], writes: [new TypeError('bug')] });
  await assert.rejects(register.sync('main'), TypeError);
  assert.deepEqual(told, ['read', 'write 1']);
});

test('sync: of one portfolio runs one after the other, also behind one that failed', async () => {
  const { register, told } = setUp({ cached: [killSwitch('second', '6')], writes: [new FlotillaError('BUS_UNAVAILABLE', 'away')] });
  const first = register.sync('main');
  const second = register.sync('main');
  await assert.rejects(first, { code: 'BUS_UNAVAILABLE' });
  assert.equal((await second).state, 'ENGAGED');
  assert.deepEqual(
    told.filter((line) => !line.startsWith('audit')),
    ['read', 'write 1', 'read', 'write 1'],
  );
});

test('sync: of one portfolio runs one after the other, when calls come while others run', async () => {
  const { register, readsAtOnceMax } = setUp({});
  const first = register.sync('main');
  const second = register.sync('main');
  await first;
  const third = register.sync('main');
  await Promise.all([second, third]);
  assert.equal(readsAtOnceMax(), 1);
});

test('sync: audits no override for a halt that is over already', async () => {
  const { register, audited } = setUp({ current: { ...engaged, state: 'RELEASED' }, cached: [overridden, killSwitch('second', '6')] });
  assert.equal((await register.sync('main')).state, 'ENGAGED');
  assert.deepEqual(audited, ['HALT_ENGAGED second']);
});

test('sync: audits what the halt is and why', async () => {
  const { register, details, told } = setUp({
    cached: [killSwitch('second', '6')],
    current: { ...engaged, generation: 0, state: 'RELEASED' },
  });
  await register.sync('main');
  assert.deepEqual(details, [{ killSwitch: 'second', mode: 'CancelAndHold', reason: 'drill', haltId: 'uid-second', generation: '1' }]);
  assert.deepEqual(told, ['read', 'write 1', `audit halt-main-1-${NOW}`]);
});

test('sync: a release audits the halt that it ends', async () => {
  const { register, details } = setUp({ current: engaged, cached: [leaving], exec: complete });
  await register.sync('main');
  assert.deepEqual(details, [{ killSwitch: 'first', mode: 'CancelAndHold', reason: 'drill', haltId: 'uid-first', generation: '4' }]);
});

test('sync: audits nothing, when the first record of a portfolio says that it may trade', async () => {
  const { register, told } = setUp({});
  assert.equal((await register.sync('main')).generation, 0);
  assert.deepEqual(told, ['read', 'write 0']);
});

test('sync: a halt counts, and the log says so, when its audit event cannot be published', async () => {
  const { register, record, logged } = setUp({ cached: [killSwitch('second', '6')], auditFails: true });
  assert.equal((await register.sync('main')).state, 'ENGAGED');
  assert.equal(record()?.killSwitch, 'second');
  assert.match(logged.join('\n'), /error: the audit event of a halt could not be published/);
});

test('sync: writes an unreadable record again and says so', async () => {
  const { register, logged } = setUp({ reading: { kind: 'unreadable', problem: 'bytes', generation: 7 } });
  assert.equal((await register.sync('main')).generation, 8);
  assert.match(logged[0] ?? '', /^error: the halt record cannot be read: writing it again/);
});

test('sync: names fields of another version once for each portfolio', async () => {
  const reading: HaltReading = { kind: 'record', record: { ...engaged, state: 'RELEASED' }, unknownFields: ['colour'] };
  const { register, logged } = setUp({ reading });
  await register.sync('main');
  await register.sync('main');
  assert.deepEqual(logged, ['warn: the halt record has fields of another version, which are ignored']);
  const other = setUp({ reading: { ...reading, unknownFields: [] } });
  await other.register.sync('main');
  assert.deepEqual(other.logged, []);
});

for (const { reason, given, want } of [
  { reason: 'exec reports', given: { current: engaged, cached: [leaving], exec: complete }, want: 0 },
  { reason: 'the halt is to stay', given: { current: engaged, cached: [killSwitch('first', '4')] }, want: 0 },
  { reason: 'no halt is in force', given: { current: { ...engaged, state: 'RELEASED' as const } }, want: 0 },
  { reason: 'no exec reports and every KillSwitch is being deleted', given: { current: engaged, cached: [leaving] }, want: 1 },
  {
    reason: 'one of two KillSwitches is being deleted',
    given: { current: engaged, cached: [leaving, killSwitch('second', '6')] },
    want: 0,
  },
]) {
  test(`sync: asks ${want === 0 ? 'not' : 'once'} whether an exec ever ran, when ${reason}`, async () => {
    const { register, asksOfRun } = setUp(given);
    await register.sync('main');
    assert.equal(asksOfRun(), want);
  });
}

test('sync: audits an override with the person, the reason and what is missing', async () => {
  const { register, details } = setUp({ current: engaged, cached: [overridden] });
  await register.sync('main');
  assert.deepEqual(details[0], {
    kind: 'KillSwitch',
    name: 'first',
    person: 'ada',
    reason: 'the node is gone',
    missing: 'exec of main has not confirmed halt generation 3',
  });
});

test('sync: audits no override, when exec has confirmed the halt', async () => {
  const { register, audited } = setUp({ current: engaged, cached: [overridden], exec: complete });
  await register.sync('main');
  assert.deepEqual(audited, ['HALT_RELEASED first']);
});

test('forget: says that a KillSwitch which is gone too early still engages', () => {
  const { register, logged } = setUp({});
  register.forget(killSwitch('brief', '4'));
  assert.match(logged.join('\n'), /^warn: a KillSwitch was deleted before it engaged every portfolio/);
  const { register: second, logged: silent } = setUp({});
  second.forget({ ...killSwitch('told', '4'), status: TOLD });
  assert.deepEqual(silent, []);
});
