import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import { type HaltRecord, haltRecordSchema, type HaltReport } from '@flotilla/contracts/control/halt.ts';
import type { Report } from '../provision/status-board.ts';
import type { HaltReading } from '../provision/halt-reading.ts';
import { type EngagedSwitch, type HaltInput, isHaltComplete, isLooser, overrideOf, planHalt } from './plan-halt.ts';

const NOW = '2026-11-21T12:00:01.000Z';
const SEEN = '2026-11-21T12:00:00.900Z';

const cancel: EngagedSwitch = {
  uid: 'uid-cancel',
  name: 'cancel',
  mode: 'CancelAndHold',
  reason: 'drill',
  deleting: false,
  hasEngaged: true,
  createdAt: '2026-11-21T12:00:00Z',
  observedAt: SEEN,
};
const reduce: EngagedSwitch = { ...cancel, uid: 'uid-reduce', name: 'reduce', mode: 'ReduceOnly', createdAt: '2026-11-21T11:00:00Z' };
const released: HaltRecord = { schemaVersion: 1, portfolio: 'main', generation: 4, state: 'RELEASED', writtenAt: SEEN };
const engaged: HaltRecord = {
  schemaVersion: 1,
  portfolio: 'main',
  generation: 5,
  state: 'ENGAGED',
  haltId: 'uid-cancel',
  killSwitch: 'cancel',
  mode: 'CancelAndHold',
  reason: 'drill',
  observedAt: SEEN,
  writtenAt: SEEN,
};
const breakGlass: HaltRecord = {
  schemaVersion: 1,
  portfolio: 'main',
  generation: 9,
  state: 'ENGAGED',
  mode: 'CancelAndHold',
  writtenAt: SEEN,
};

function exec(halt: Partial<HaltReport> | undefined, fresh = true): Report<ExecStatus> {
  const report: HaltReport = {
    haltId: 'uid-cancel',
    generation: 5,
    receivedAt: NOW,
    gateClosedAt: NOW,
    restingCancelledCount: 0,
    refusedCount: 0,
    ...halt,
  };
  const value: ExecStatus = {
    schemaVersion: 1,
    portfolio: 'main',
    instance: 'a',
    epoch: 1,
    tradingState: 'HALTED',
    reason: 'TRADING_HALTED',
    openOrders: 0,
    updatedAt: NOW,
    ...(halt === undefined ? {} : { halt: report }),
  };
  return { value, fresh };
}
const halted = exec({ zeroOpenOrdersVerifiedAt: NOW });
/** A halt of generation 5, unless told otherwise, and what else exec reports. */
function withExec(status: Partial<ExecStatus>, halt: Partial<HaltReport> = {}): Report<ExecStatus> {
  const report = exec(halt);
  return { ...report, value: { ...report.value, ...status } };
}
/** No halt is in force at exec, which has seen this generation. */
function seen(haltGeneration: number): Report<ExecStatus> {
  const { value } = exec(undefined);
  return { value: { ...value, tradingState: 'ACTIVE', reason: '', haltGeneration }, fresh: true };
}

const cases: readonly {
  readonly reason: string;
  readonly given: Partial<Omit<HaltInput, 'portfolio' | 'now' | 'current'>> & { readonly current?: HaltRecord | HaltReading };
  readonly want: Partial<HaltRecord> | 'unchanged';
}[] = [
  { reason: 'a new portfolio may trade, and says so', given: {}, want: { state: 'RELEASED', generation: 0 } },
  {
    reason: 'a new portfolio under a switch never may',
    given: { switches: [cancel] },
    want: { state: 'ENGAGED', generation: 1, haltId: 'uid-cancel' },
  },
  {
    reason: 'a switch engages with the next generation',
    given: { current: released, switches: [cancel] },
    want: { state: 'ENGAGED', generation: 5, killSwitch: 'cancel', observedAt: SEEN, writtenAt: NOW },
  },
  { reason: 'what stands is not written again', given: { current: engaged, switches: [cancel] }, want: 'unchanged' },
  { reason: 'nothing to release', given: { current: released }, want: 'unchanged' },
  {
    reason: 'the tighter of two wins, though younger',
    given: { current: released, switches: [reduce, cancel] },
    want: { haltId: 'uid-cancel' },
  },
  {
    reason: 'of equals the oldest',
    given: { current: released, switches: [cancel, { ...cancel, uid: 'uid-old', createdAt: '2026-11-20T00:00:00Z' }] },
    want: { haltId: 'uid-old' },
  },
  {
    reason: 'a tighter one takes over',
    given: { current: { ...engaged, haltId: 'uid-reduce', mode: 'ReduceOnly' }, switches: [reduce, cancel] },
    want: { haltId: 'uid-cancel', generation: 6 },
  },
  {
    reason: 'latched: exec has not answered yet',
    given: { current: engaged, switches: [{ ...cancel, deleting: true }], exec: exec(undefined) },
    want: 'unchanged',
  },
  {
    reason: 'latched: orders are not seen gone yet',
    given: { current: engaged, switches: [{ ...cancel, deleting: true }], exec: exec({}) },
    want: 'unchanged',
  },
  {
    reason: 'latched: the report is about an older generation',
    given: { current: engaged, switches: [{ ...cancel, deleting: true }], exec: exec({ generation: 4, zeroOpenOrdersVerifiedAt: NOW }) },
    want: 'unchanged',
  },
  {
    reason: 'complete and deleted: released',
    given: { current: engaged, switches: [{ ...cancel, deleting: true }], exec: halted },
    want: { state: 'RELEASED', generation: 6 },
  },
  {
    reason: 'the portfolio never had an exec: nothing to wait for',
    given: { current: engaged, switches: [{ ...cancel, deleting: true }], neverRan: true },
    want: { state: 'RELEASED', generation: 6 },
  },
  {
    reason: 'latched: the silence of an exec says nothing',
    given: { current: engaged, switches: [{ ...cancel, deleting: true }] },
    want: 'unchanged',
  },
  {
    reason: 'latched: exec confirmed the halt and has become silent since',
    given: { current: engaged, switches: [{ ...cancel, deleting: true }], exec: { ...halted, fresh: false } },
    want: 'unchanged',
  },
  {
    reason: 'a person has overridden the wait for a silent exec',
    given: { current: engaged, switches: [{ ...cancel, deleting: true, override: { person: 'ada', reason: 'node is gone' } }] },
    want: { state: 'RELEASED', generation: 6 },
  },
  {
    reason: 'a switch that is deleted before it has engaged engages first',
    given: { current: released, switches: [{ ...cancel, deleting: true, hasEngaged: false }] },
    want: { state: 'ENGAGED', generation: 5, haltId: 'uid-cancel' },
  },
  {
    reason: 'two switches of the same second: the second is in force after the first is complete',
    given: {
      current: engaged,
      switches: [
        { ...cancel, deleting: true },
        { ...cancel, uid: 'uid-two', name: 'two' },
      ],
      exec: halted,
    },
    want: { state: 'ENGAGED', haltId: 'uid-two', generation: 6 },
  },
  {
    reason: 'the record is lost and exec has seen more: released above what exec has seen',
    given: { exec: seen(7) },
    want: { state: 'RELEASED', generation: 8 },
  },
  {
    reason: 'the record is lost under a switch: engaged above what exec has seen',
    given: { exec: seen(7), switches: [cancel] },
    want: { state: 'ENGAGED', haltId: 'uid-cancel', generation: 8 },
  },
  {
    reason: 'the bucket was restored: an engaged record behind exec is written again',
    given: { current: { ...engaged, generation: 1 }, exec: seen(7), switches: [cancel] },
    want: { state: 'ENGAGED', haltId: 'uid-cancel', generation: 8 },
  },
  {
    reason: 'the bucket was restored: a released record behind exec is written again',
    given: { current: { ...released, generation: 1 }, exec: seen(7) },
    want: { state: 'RELEASED', generation: 8 },
  },
  {
    reason: 'a released record does not release a halt of the same generation',
    given: { current: { ...released, generation: 5 }, exec: exec({ generation: 5, haltId: 'uid-gone', zeroOpenOrdersVerifiedAt: NOW }) },
    want: { state: 'RELEASED', generation: 6 },
  },
  {
    reason: 'the record cannot be read, and no switch is engaged',
    given: { current: { kind: 'unreadable', problem: 'bytes', generation: 11 } },
    want: { state: 'RELEASED', generation: 12 },
  },
  {
    reason: 'the record cannot be read under a switch',
    given: { current: { kind: 'unreadable', problem: 'bytes', generation: 0 }, exec: seen(3), switches: [cancel] },
    want: { state: 'ENGAGED', haltId: 'uid-cancel', generation: 4 },
  },
  {
    reason: 'the record is lost while exec carries out a halt: that halt completes',
    given: { exec: exec({ haltId: 'uid-gone' }) },
    want: { state: 'ENGAGED', haltId: 'uid-gone', generation: 6 },
  },
  {
    reason: 'the record of the break-glass command is lost: it stays engaged',
    given: { exec: exec({ haltId: 'generation-5', zeroOpenOrdersVerifiedAt: NOW }) },
    want: { state: 'ENGAGED', generation: 6 },
  },
  { reason: 'latched although the object was torn out', given: { current: engaged, switches: [], exec: exec({}) }, want: 'unchanged' },
  {
    reason: 'released after it was torn out and complete',
    given: { current: engaged, switches: [], exec: halted },
    want: { state: 'RELEASED', generation: 6 },
  },
  {
    reason: 'another switch is left: its turn',
    given: { current: engaged, switches: [{ ...cancel, deleting: true }, reduce], exec: halted },
    want: { state: 'ENGAGED', haltId: 'uid-reduce', mode: 'ReduceOnly', generation: 6 },
  },
  {
    reason: 'a deleted switch does not engage anew once released',
    given: { current: { ...released, generation: 6 }, switches: [{ ...cancel, deleting: true }], exec: halted },
    want: 'unchanged',
  },
  { reason: 'only the break-glass command releases its halt', given: { current: breakGlass, exec: halted }, want: 'unchanged' },
  {
    reason: 'a switch does not take over from break-glass, or its deletion would release it',
    given: { current: breakGlass, switches: [cancel] },
    want: 'unchanged',
  },
  {
    reason: 'of equally tight and old switches the first by name, whatever their order',
    given: {
      current: released,
      switches: [
        { ...cancel, uid: 'uid-b', name: 'b' },
        { ...cancel, uid: 'uid-a', name: 'a' },
        { ...cancel, uid: 'uid-c', name: 'c' },
      ],
    },
    want: { haltId: 'uid-a' },
  },
  {
    reason: 'the same KillSwitch with another mode: written again',
    given: { current: { ...engaged, mode: 'ReduceOnly' }, switches: [cancel] },
    want: { state: 'ENGAGED', haltId: 'uid-cancel', mode: 'CancelAndHold', generation: 6 },
  },
  {
    reason: 'a KillSwitch of another name with the same uid: written again',
    given: { current: { ...engaged, killSwitch: 'other' }, switches: [cancel] },
    want: { killSwitch: 'cancel', generation: 6 },
  },
  {
    reason: 'a KillSwitch that is tighter than the halt of the break-glass command takes over',
    given: { current: { ...breakGlass, mode: 'ReduceOnly' }, switches: [cancel] },
    want: { haltId: 'uid-cancel', mode: 'CancelAndHold', generation: 10 },
  },
  {
    reason: 'a KillSwitch that is less tight than the halt of the break-glass command does not take over',
    given: { current: breakGlass, switches: [reduce] },
    want: 'unchanged',
  },
  {
    reason: 'a halt of the break-glass command without a mode counts as CancelAndHold',
    given: { current: { ...breakGlass, mode: undefined }, switches: [cancel] },
    want: 'unchanged',
  },
  {
    reason: 'a halt of the break-glass command behind exec is written again and stays one',
    given: { current: breakGlass, exec: seen(12) },
    want: { state: 'ENGAGED', generation: 13, writtenAt: NOW },
  },
  {
    reason: 'a released record is not behind a halt of a lower generation',
    given: { current: { ...released, generation: 6 }, exec: exec({ generation: 5, zeroOpenOrdersVerifiedAt: NOW }) },
    want: 'unchanged',
  },
  {
    reason: 'a record as new as all that exec has seen stays',
    given: { current: { ...released, generation: 7 }, exec: seen(7) },
    want: 'unchanged',
  },
  {
    reason: 'the record is lost, and an exec of an older version, which names no generation, trades: released',
    given: { exec: withExec({ tradingState: 'ACTIVE' }) },
    want: { state: 'RELEASED', generation: 6 },
  },
  {
    reason: 'the record is lost, and an exec of an older version is halted: that halt stays',
    given: { exec: withExec({ tradingState: 'HALTED' }) },
    want: { state: 'ENGAGED', haltId: 'uid-cancel', killSwitch: 'unknown: the halt record was lost', generation: 6 },
  },
  {
    reason: 'the record is lost, and exec has seen nothing newer than the halt: that halt stays',
    given: { exec: withExec({ haltGeneration: 5 }) },
    want: { state: 'ENGAGED', generation: 6, mode: 'CancelAndHold', writtenAt: NOW },
  },
  {
    reason: 'the record is lost, and exec has seen a release of the halt: released',
    given: { exec: withExec({ haltGeneration: 6 }) },
    want: { state: 'RELEASED', generation: 7 },
  },
  {
    reason: 'the first record of a portfolio whose exec has seen generation 0 begins at 0',
    given: { exec: seen(0) },
    want: { state: 'RELEASED', generation: 0 },
  },
  {
    reason: 'the record is lost after a halt of generation 0 was released',
    given: { exec: { ...withExec({ tradingState: 'ACTIVE' }, { generation: 0 }) } },
    want: { state: 'RELEASED', generation: 1 },
  },
  {
    reason: 'an unreadable record of generation 0 is written above it',
    given: { current: { kind: 'unreadable', problem: 'bytes', generation: 0 } },
    want: { state: 'RELEASED', generation: 1 },
  },
  {
    reason: 'the override of a KillSwitch that does not hold the halt releases nothing',
    given: {
      current: engaged,
      switches: [{ ...reduce, deleting: true, override: { person: 'ada', reason: 'node is gone' } }],
      exec: exec({}),
    },
    want: 'unchanged',
  },
  {
    reason: 'a deleted KillSwitch that has not engaged and does not hold the halt takes its turn when it is tighter',
    given: {
      current: { ...engaged, haltId: 'uid-reduce', killSwitch: 'reduce', mode: 'ReduceOnly' },
      switches: [reduce, { ...cancel, deleting: true, hasEngaged: false }],
    },
    want: { haltId: 'uid-cancel', mode: 'CancelAndHold', generation: 6 },
  },
  {
    reason: 'a deleted switch whose halt is not complete stays before one that is less tight',
    given: { current: engaged, switches: [{ ...cancel, deleting: true }, reduce], exec: exec({}) },
    want: 'unchanged',
  },
  {
    reason: 'a released record of a portfolio that never had an exec stays',
    given: { current: released, neverRan: true },
    want: 'unchanged',
  },
  {
    reason: 'the bucket was restored to a released record, and exec carries out a halt: that halt completes',
    given: { current: released, exec: exec({}) },
    want: { state: 'ENGAGED', haltId: 'uid-cancel', generation: 6 },
  },
  {
    reason: 'ReduceOnly is complete when the gate is closed',
    given: { current: { ...engaged, mode: 'ReduceOnly' }, switches: [], exec: exec({}) },
    want: { state: 'RELEASED' },
  },
];

function readingOf(current: HaltRecord | HaltReading | undefined): HaltReading {
  if (current === undefined) return { kind: 'absent' };
  return 'kind' in current ? current : { kind: 'record', record: current };
}

for (const { reason, given, want } of cases) {
  test(`planHalt: ${reason}`, () => {
    const { current, ...rest } = given;
    const input: HaltInput = {
      portfolio: 'main',
      current: readingOf(current),
      switches: [],
      exec: undefined,
      neverRan: false,
      now: NOW,
      ...rest,
    };
    const record = planHalt(input);
    assert.ok(haltRecordSchema.safeParse(record).success, 'every reader can read it');
    if (want === 'unchanged') assert.equal(record, current);
    else assert.deepEqual({ ...record, ...want }, record);
  });
}

test('planHalt: a lost halt of the break-glass command names no KillSwitch, so that no KillSwitch releases it', () => {
  const lost = exec({ haltId: 'generation-5' });
  const record = planHalt({ portfolio: 'main', current: { kind: 'absent' }, switches: [], exec: lost, neverRan: false, now: NOW });
  assert.deepEqual([record.state, record.killSwitch, record.haltId], ['ENGAGED', undefined, undefined]);
});

for (const [reason, record, current, expected] of [
  ['the record stands', engaged, readingOf(engaged), false],
  ['a released record stands', released, readingOf(released), false],
  ['a halt is released', { ...released, generation: 6 }, readingOf(engaged), true],
  ['a halt becomes less tight', { ...engaged, generation: 6, mode: 'ReduceOnly' }, readingOf(engaged), true],
  ['a halt becomes tighter', { ...engaged, generation: 6 }, readingOf({ ...engaged, mode: 'ReduceOnly' }), false],
  ['the first record releases', { ...released, generation: 0 }, readingOf(undefined), true],
  ['the first record engages', engaged, readingOf(undefined), false],
  ['a released record is written again', { ...released, generation: 8 }, readingOf(released), true],
  ['a halt becomes as tight as one without a mode', { ...engaged, generation: 6 }, readingOf({ ...engaged, mode: undefined }), false],
  ['a ReduceOnly halt is written over a released record', { ...engaged, mode: 'ReduceOnly' }, readingOf(released), false],
  ['a ReduceOnly halt is the first record', { ...engaged, mode: 'ReduceOnly' }, readingOf(undefined), false],
  ['Flatten becomes CancelAndHold', { ...engaged, generation: 6 }, readingOf({ ...engaged, mode: 'Flatten' }), true],
  ['an unreadable record is released', released, { kind: 'unreadable', problem: 'bytes', generation: 1 }, true],
] as const) {
  test(`isLooser: ${String(expected)} when ${reason}`, () => assert.equal(isLooser(record, current), expected));
}

for (const [reason, report, neverRan, expected] of [
  ['exec has confirmed in a fresh report', halted, false, true],
  ['the report is old', { ...halted, fresh: false }, false, false],
  ['exec never reported and has run', undefined, false, false],
  ['the portfolio never had an exec', undefined, true, true],
  ['exec reports another halt', exec({ haltId: 'other', zeroOpenOrdersVerifiedAt: NOW }), false, false],
  ['exec reports and the bus knows no event', exec({}), true, false],
  ['exec reports a later generation of the halt', exec({ generation: 6, zeroOpenOrdersVerifiedAt: NOW }), false, true],
  ['exec reports an earlier generation of the halt', exec({ generation: 4, zeroOpenOrdersVerifiedAt: NOW }), false, false],
  ['exec reports no halt', exec(undefined), false, false],
] as const) {
  test(`isHaltComplete: ${String(expected)} when ${reason}`, () =>
    assert.equal(isHaltComplete(engaged, { exec: report, neverRan }), expected));
}

for (const [reason, record, report, expected] of [
  ['exec names it by its generation', breakGlass, exec({ haltId: 'generation-9', generation: 9, zeroOpenOrdersVerifiedAt: NOW }), true],
  ['exec names another generation', breakGlass, exec({ haltId: 'generation-8', generation: 9, zeroOpenOrdersVerifiedAt: NOW }), false],
  ['the mode is ReduceOnly and the gate is closed', { ...engaged, mode: 'ReduceOnly' }, exec({}), true],
  ['the mode is Flatten and orders may be open', { ...engaged, mode: 'Flatten' }, exec({}), false],
] as const) {
  test(`isHaltComplete: ${String(expected)} of another record, when ${reason}`, () =>
    assert.equal(isHaltComplete(record, { exec: report, neverRan: false }), expected));
}

const override = { person: 'ada', reason: 'node is gone' };
for (const [reason, one, expected] of [
  ['the KillSwitch of the halt is being deleted', { ...cancel, deleting: true, override }, override],
  ['the KillSwitch is not being deleted', { ...cancel, override }, undefined],
  ['another KillSwitch is being deleted', { ...reduce, deleting: true, override }, undefined],
  ['the KillSwitch has none', { ...cancel, deleting: true }, undefined],
] as const) {
  test(`overrideOf: gives ${expected === undefined ? 'nothing' : 'the override'}, when ${reason}`, () =>
    assert.deepEqual(overrideOf({ switches: [reduce, one] }, engaged), expected));
}
