import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { KillSwitchSpec } from '@flotilla/contracts/resources/kill-switch.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { makeObject } from '../testing/objects.ts';
import { makeEngagements } from './engagements.ts';

const START_MS = Date.parse('2026-01-01T00:00:00.000Z');
const timeAt = (afterMs: number): string => formatTime(START_MS + afterMs);
const CREATED = '2025-12-31T23:59:59Z';

const ALL: KillSwitchSpec = { scope: { type: 'All' }, mode: 'CancelAndHold', reason: 'drill' };
const killSwitch = (name: string, spec: Partial<KillSwitchSpec> = {}, more: Partial<ResourceObject['metadata']> = {}): ResourceObject =>
  makeObject('KillSwitch', name, { ...ALL, ...spec }, { creationTimestamp: CREATED, ...more });
const told = (object: ResourceObject, reason: string, namespace = 'trading'): ResourceObject => ({
  ...object,
  status: { namespaces: [{ namespace, reason }] },
});
const record = (change: Partial<HaltRecord> = {}): HaltRecord => ({
  schemaVersion: 1,
  portfolio: 'main',
  generation: 1,
  state: 'ENGAGED',
  mode: 'CancelAndHold',
  writtenAt: timeAt(0),
  ...change,
});

function setUp(portfolios: readonly string[] = ['main', 'second']) {
  let nowMs = START_MS;
  const engagements = makeEngagements({ portfolios: () => portfolios, namespace: 'trading', clock: { nowMs: () => nowMs } });
  const of = (portfolio: string, ...objects: readonly ResourceObject[]) => engagements.switchesOf(portfolio, objects);
  const engage = (portfolio: string, ...objects: readonly ResourceObject[]) =>
    engagements.stands(portfolio, record({ portfolio }), of(portfolio, ...objects));
  const namesLeft = (portfolio: string) => of(portfolio).map(({ name }) => name);
  return { engagements, of, engage, namesLeft, advance: (byMs: number) => (nowMs += byMs) };
}

test('switchesOf: gives mode, reason and times of each KillSwitch in scope', () => {
  const { engagements, of, advance } = setUp();
  const object = killSwitch('stop', { mode: 'ReduceOnly' });
  engagements.observe(object);
  advance(500);
  assert.deepEqual(of('main', object), [
    {
      uid: 'uid-stop',
      name: 'stop',
      mode: 'ReduceOnly',
      reason: 'drill',
      deleting: false,
      hasEngaged: false,
      override: undefined,
      createdAt: CREATED,
      observedAt: timeAt(0),
    },
  ]);
  assert.equal(of('main', killSwitch('late'))[0]?.observedAt, timeAt(500), 'one that was not observed before is seen now');
});

for (const { reason, scope, want } of [
  { reason: 'everything is in scope', scope: { type: 'All' }, want: ['main', 'second'] },
  { reason: 'the namespace is in scope', scope: { type: 'Namespaces', namespaces: ['other', 'trading'] }, want: ['main', 'second'] },
  { reason: 'only another namespace is in scope', scope: { type: 'Namespaces', namespaces: ['other'] }, want: [] },
  {
    reason: 'one portfolio is in scope',
    scope: { type: 'Portfolios', portfolios: [{ namespace: 'trading', name: 'second' }] },
    want: ['second'],
  },
  {
    reason: 'a portfolio of the same name in another namespace is in scope',
    scope: { type: 'Portfolios', portfolios: [{ namespace: 'other', name: 'main' }] },
    want: [],
  },
] satisfies readonly { readonly reason: string; readonly scope: KillSwitchSpec['scope']; readonly want: readonly string[] }[]) {
  test(`switchesOf: concerns ${want.join(' and ') || 'no portfolio'}, when ${reason}`, () => {
    const { of } = setUp();
    const found = ['main', 'second'].filter((portfolio) => of(portfolio, killSwitch('stop', { scope })).length === 1);
    assert.deepEqual(found, want);
  });

  test(`forget: leaves ${want.join(' and ') || 'nothing'} to engage, when ${reason} and the KillSwitch is gone at once`, () => {
    const { engagements, namesLeft } = setUp();
    assert.equal(engagements.forget(killSwitch('stop', { scope })), want.length > 0);
    assert.deepEqual(
      ['main', 'second'].filter((portfolio) => namesLeft(portfolio).length === 1),
      want,
    );
  });
}

test('switchesOf: says that a KillSwitch is being deleted, and by which override', () => {
  const { of } = setUp();
  const annotations = { 'flotilla.dev/delete-without-exec': 'ada: the node is gone' };
  const [found] = of('main', killSwitch('stop', {}, { deletionTimestamp: timeAt(0), annotations }));
  assert.deepEqual([found?.deleting, found?.override], [true, { person: 'ada', reason: 'the node is gone' }]);
});

for (const { reason, mode, stands, want } of [
  { reason: 'the record is as tight', mode: 'CancelAndHold', stands: record(), want: true },
  { reason: 'the record is tighter', mode: 'ReduceOnly', stands: record(), want: true },
  { reason: 'the record is less tight', mode: 'CancelAndHold', stands: record({ mode: 'ReduceOnly' }), want: false },
  { reason: 'the record releases', mode: 'ReduceOnly', stands: record({ state: 'RELEASED' }), want: false },
] as const) {
  test(`stands: the KillSwitch has ${want ? '' : 'not '}engaged the portfolio, when ${reason}`, () => {
    const { engagements, of } = setUp();
    const object = killSwitch('stop', { mode });
    engagements.stands('main', stands, of('main', object));
    assert.equal(of('main', object)[0]?.hasEngaged, want);
    assert.equal(of('second', object)[0]?.hasEngaged, false, 'the other portfolio is not engaged yet');
  });
}

for (const { reason, object, want } of [
  { reason: 'its status tells of a halt in this namespace', object: told(killSwitch('stop'), 'Halted'), want: true },
  { reason: 'its status tells of a halt that is not complete', object: told(killSwitch('stop'), 'ExecSilent'), want: true },
  { reason: 'its status says that the bus was away', object: told(killSwitch('stop'), 'BusUnavailable'), want: false },
  { reason: 'its status tells of another namespace alone', object: told(killSwitch('stop'), 'Halted', 'other'), want: false },
  { reason: 'it has no status', object: killSwitch('stop'), want: false },
] as const) {
  test(`switchesOf: a restarted operator takes the KillSwitch as ${want ? '' : 'not '}engaged, when ${reason}`, () => {
    const { engagements, of } = setUp();
    assert.equal(of('main', object)[0]?.hasEngaged, want);
    assert.equal(engagements.forget(object), !want);
  });
}

test('forget: keeps a KillSwitch until it has engaged every portfolio in its scope', () => {
  const { engagements, engage, namesLeft, advance } = setUp();
  const object = killSwitch('stop');
  advance(100);
  assert.equal(engagements.forget(object), true);
  assert.deepEqual([namesLeft('main'), namesLeft('second')], [['stop'], ['stop']]);
  engage('main');
  assert.deepEqual([namesLeft('main'), namesLeft('second')], [[], ['stop']]);
  engage('second');
  assert.deepEqual([namesLeft('main'), namesLeft('second')], [[], []]);
});

test('forget: drops a KillSwitch that has engaged everything, and all that is known of it', () => {
  const { engagements, engage, of, advance } = setUp();
  const object = killSwitch('stop');
  engage('main', object);
  engage('second', object);
  assert.equal(engagements.forget(object), false);
  assert.deepEqual(of('main'), []);
  advance(700);
  const [again] = of('main', object);
  assert.deepEqual([again?.hasEngaged, again?.observedAt], [false, timeAt(700)], 'a KillSwitch of the same uid would begin anew');
});

test('forget: a KillSwitch that is gone counts as being deleted, since it was deleted or since now', () => {
  const { engagements, of, advance } = setUp();
  advance(300);
  engagements.forget(killSwitch('now'));
  const annotations = { 'flotilla.dev/delete-without-exec': 'ada: gone' };
  engagements.forget(killSwitch('before', {}, { deletionTimestamp: timeAt(1), annotations }));
  assert.deepEqual(
    of('main').map(({ name, deleting, override }) => [name, deleting, override?.person]),
    [
      ['now', true, undefined],
      ['before', true, 'ada'],
    ],
  );
});

test('forget: has room again, when KillSwitches that were gone too early have engaged everything', () => {
  const { engagements, engage } = setUp();
  for (let at = 0; at < 256; at += 1) engagements.forget(killSwitch(`stop-${at}`));
  engage('main');
  engage('second');
  assert.equal(engagements.forget(killSwitch('one-more')), true);
});

test('forget: remembers 256 KillSwitches that are gone too early, and no more', () => {
  const { engagements, of } = setUp();
  const kept = Array.from({ length: 257 }, (_, at) => engagements.forget(killSwitch(`stop-${at}`)));
  assert.deepEqual([kept.filter(Boolean).length, kept.at(-1)], [256, false]);
  assert.equal(of('main').length, 256);
});
