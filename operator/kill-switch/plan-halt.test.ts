import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord, HaltReport } from '@flotilla/contracts/control/halt.ts';
import type { Report } from '../provision/status-board.ts';
import type { HaltReading } from '../provision/halt-reading.ts';
import { type EngagedSwitch, type HaltInput, isHaltComplete, isLooser, planHalt } from './plan-halt.ts';

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
  ['a halt is released', { ...released, generation: 6 }, readingOf(engaged), true],
  ['a halt becomes less tight', { ...engaged, generation: 6, mode: 'ReduceOnly' }, readingOf(engaged), true],
  ['a halt becomes tighter', { ...engaged, generation: 6 }, readingOf({ ...engaged, mode: 'ReduceOnly' }), false],
  ['the first record releases', { ...released, generation: 0 }, readingOf(undefined), true],
  ['the first record engages', engaged, readingOf(undefined), false],
  ['a released record is written again', { ...released, generation: 8 }, readingOf(released), true],
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
] as const) {
  test(`isHaltComplete: ${String(expected)} when ${reason}`, () =>
    assert.equal(isHaltComplete(engaged, { exec: report, neverRan }), expected));
}
