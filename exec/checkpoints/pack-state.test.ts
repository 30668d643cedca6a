import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '@flotilla/contracts';
import type { ExecState } from '../state/exec-state.ts';
import { fold, play, step } from '../testing/play-steps.ts';
import { captureState, linesOf, stateOfLines } from './pack-state.ts';

const packed = (state: ExecState): readonly string[] => [...linesOf(captureState(state))];
/** Maps are equal in any order, but the order of open orders decides who trades first. */
const ordersOf = (state: ExecState) => [[...state.orders.orders.keys()], [...state.orders.open.keys()], [...state.ledger.closed]];

test('pack: a restored state goes on as the state did, wherever a random history is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), async (steps, share) => {
      const { written } = await play(steps, () => undefined);
      const cut = Math.round(written.length * share);
      const before = fold(written.slice(0, cut));
      const restored = stateOfLines(packed(before));
      assert.deepEqual(restored, before);
      assert.deepEqual(ordersOf(restored), ordersOf(before));
      const after = fold(written.slice(cut), restored);
      const whole = fold(written);
      assert.deepEqual(after, whole);
      assert.deepEqual(ordersOf(after), ordersOf(whole));
    }),
  );
});

test('pack: keeps every field of a state, whatever it is', () => {
  const state = fold([]);
  state.answered = { sequence: 7, answeredAtMs: 1 };
  state.lastAcceptedAt = 'yesterday';
  state.haltGenerations = { highest: 9, highestEngaged: 8 };
  state.newestConfig = { generation: 3, hash: 'h' };
  state.dayOpen = { day: '2026-01-01', profit: -(10n ** 40n) };
  state.counters.set('s', { accepted: 1, denied: 2, fills: 3, deniedBy: new Map([['MARKET_PRICE_STALE', 2]]) });
  state.messages.set('s', [1, 2]);
  state.dailyLossDays.set('s', '2026-01-01');
  state.gaps.add('order');
  state.ledger.closed.add('s/X').add('a/Y');
  state.ledger.totals.set('s', { realized: 5n, fees: 6n });
  state.ledger.netQuantities.set('X', -5n);
  state.ledger.days.set('s', { day: '2026-01-01', net: 1n });
  Object.assign(state.ledger, { day: { day: '2026-01-02', net: 4n }, cashFlow: 1n, realized: 2n, fees: 3n });
  assert.deepEqual(stateOfLines(packed(state)), state);
});

test('captureState: does not change with the state', async () => {
  const { state, written } = await play([], () => undefined);
  state.messages.set('s', [1]);
  state.counters.set('s', { accepted: 1, denied: 0, fills: 0, deniedBy: new Map() });
  const captured = captureState(state);
  const lines = [...linesOf(captured)];
  fold(written, state);
  state.messages.get('s')?.push(2);
  const counters = state.counters.get('s');
  if (counters !== undefined) counters.accepted = 2;
  counters?.deniedBy.set('MARKET_PRICE_STALE', 1);
  assert.deepEqual([...linesOf(captured)], lines);
});

for (const { what, change } of [
  { what: 'a line of an unknown kind', change: (lines: readonly string[]) => [...lines, 'other 1'] },
  { what: 'no line of single values', change: (lines: readonly string[]) => lines.slice(1) },
  { what: 'an open order that is not there', change: (lines: readonly string[]) => [...lines, 'open "gone"'] },
]) {
  test(`stateOfLines: ends by an assertion, when there is ${what}`, () => {
    assert.throws(() => stateOfLines(change(packed(fold([])))), AssertionError);
  });
}
