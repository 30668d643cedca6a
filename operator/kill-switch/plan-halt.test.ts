import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord, HaltReport } from '@flotilla/contracts/control/halt.ts';
import type { Report } from '../provision/status-board.ts';
import { type EngagedSwitch, type HaltInput, planHalt } from './plan-halt.ts';

const NOW = '2026-11-21T12:00:01.000Z';
const SEEN = '2026-11-21T12:00:00.900Z';

const cancel: EngagedSwitch = {
  uid: 'uid-cancel',
  name: 'cancel',
  mode: 'CancelAndHold',
  reason: 'drill',
  deleting: false,
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

const cases: readonly {
  readonly reason: string;
  readonly given: Partial<Omit<HaltInput, 'portfolio' | 'now'>>;
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
    reason: 'no exec runs: nothing to wait for',
    given: { current: engaged, switches: [{ ...cancel, deleting: true }] },
    want: { state: 'RELEASED', generation: 6 },
  },
  {
    reason: 'an exec that went silent cannot trade',
    given: { current: engaged, switches: [{ ...cancel, deleting: true }], exec: exec(undefined, false) },
    want: { state: 'RELEASED' },
  },
  {
    reason: 'latched: an exec may run unheard, right after a start or an outage',
    given: { current: engaged, switches: [{ ...cancel, deleting: true }], silenceIsAbsence: false },
    want: 'unchanged',
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
    given: { current: released, switches: [{ ...cancel, deleting: true }], exec: halted },
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

for (const { reason, given, want } of cases) {
  test(`planHalt: ${reason}`, () => {
    const input: HaltInput = {
      portfolio: 'main',
      current: undefined,
      switches: [],
      exec: undefined,
      silenceIsAbsence: true,
      now: NOW,
      ...given,
    };
    const record = planHalt(input);
    if (want === 'unchanged') assert.equal(record, given.current);
    else assert.deepEqual({ ...record, ...want }, record);
  });
}
