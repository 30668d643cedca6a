import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Venue, VenueOrder } from '../venues/venue.ts';
import type { GateState } from './gate-state.ts';
import { submitThroughGate } from './submit-through-gate.ts';

const NOW_MS = 1_000;
const ORDER = { orderId: 'o', validUntilMs: NOW_MS + 1 } as VenueOrder;
const gateIn = (tradingState: GateState['tradingState'], code?: GateState['code']): GateState => ({ tradingState, code, message: 'why' });

for (const { reason, gate = gateIn('ACTIVE'), reducing = false, validUntilMs = NOW_MS + 1, want } of [
  { reason: 'the gate is open', want: { kind: 'SUBMITTED' } },
  {
    reason: 'the gate is open for reductions and the order reduces',
    gate: gateIn('REDUCING'),
    reducing: true,
    want: { kind: 'SUBMITTED' },
  },
  {
    reason: 'the gate is open for reductions and the order increases risk',
    gate: gateIn('REDUCING'),
    want: { kind: 'REFUSED', status: 'CANCELLED', reason: 'CONTROL_UNKNOWN: why' },
  },
  {
    reason: 'the gate is closed, although the order reduces',
    gate: gateIn('HALTED', 'TRADING_HALTED'),
    reducing: true,
    want: { kind: 'REFUSED', status: 'CANCELLED', reason: 'TRADING_HALTED: why' },
  },
  {
    reason: 'the order expires now',
    validUntilMs: NOW_MS,
    want: { kind: 'REFUSED', status: 'EXPIRED', reason: 'the order expired before exec could send it to the venue' },
  },
  {
    reason: 'the time of expiry is not a number',
    validUntilMs: Number.NaN,
    want: { kind: 'REFUSED', status: 'EXPIRED', reason: 'the order expired before exec could send it to the venue' },
  },
]) {
  test(`submitThroughGate: is ${want.kind}, when ${reason}`, () => {
    const submitted: VenueOrder[] = [];
    const venue = { submit: (order: VenueOrder) => void submitted.push(order) } as unknown as Venue;
    const order = { ...ORDER, validUntilMs };
    assert.deepEqual(submitThroughGate(gate, order, { reducing, nowMs: NOW_MS }, venue), want);
    assert.deepEqual(submitted, want.kind === 'SUBMITTED' ? [order] : []);
  });
}
