import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeEvent,
  type ExecSnapshot,
  execSnapshotRequestSchema,
  execSnapshotSchema,
  formatTime,
  formatUnits,
  parseUnits,
} from '@flotilla/contracts';
import { bookFill, CLOSED_POSITIONS_MAX } from '../ledger/ledger.ts';
import { makeExecState, type ExecState, countersOf } from '../state/exec-state.ts';
import { START_MS } from '../testing/fixtures.ts';
import { snapshotOf } from './snapshot.ts';

/** The default payload limit of nats-server. */
const PAYLOAD_BYTES_MAX = 1_048_576;

function trade(state: ExecState, strategy: string, instrument: string, side: 'BUY' | 'SELL', price = '100'): void {
  bookFill(state.ledger, { strategy, instrument, side, quantity: '1', price, fee: '0.25', time: formatTime(START_MS) });
  countersOf(state, strategy).fills += 1;
}

const answer = (state: ExecState, request = {}): ExecSnapshot =>
  snapshotOf(
    { portfolio: 'main', state, market: new Map(), config: undefined, tradingState: 'ACTIVE', nowMs: START_MS },
    execSnapshotRequestSchema.parse(request),
  );

function allPages(state: ExecState, limit?: number): readonly ExecSnapshot[] {
  const pages: ExecSnapshot[] = [];
  for (let after: string | undefined; ;) {
    const page = execSnapshotSchema.parse(
      answer(state, { ...(after === undefined ? {} : { after }), ...(limit === undefined ? {} : { limit }) }),
    );
    pages.push(page);
    if (page.next === undefined) return pages;
    after = page.next;
  }
}
const name = (index: number) => `${'s'.repeat(56)}-${String(index).padStart(5, '0')}`;

test('snapshot: stays below the payload limit on every page and misses no row, when 7,000 positions are open', () => {
  const state = makeExecState();
  for (let index = 0; index < 7_000; index += 1) {
    trade(state, name(index), 'I'.repeat(63), 'BUY', '99999999999.123');
    for (let code = 0; code < 30; code += 1) countersOf(state, name(index)).deniedBy.set(`CODE_${'X'.repeat(20)}_${code}` as never, index);
  }
  const pages = allPages(state);
  for (const page of pages) assert.ok(encodeEvent(page).byteLength < PAYLOAD_BYTES_MAX / 2);
  const expected = Array.from({ length: 7_000 }, (_each, index) => name(index));
  assert.deepEqual(
    pages.flatMap((page) => page.positions.map(({ strategy }) => strategy)),
    expected,
  );
  assert.deepEqual(
    pages.flatMap((page) => page.strategies.map(({ strategy }) => strategy)),
    expected,
  );
  assert.deepEqual([pages[0]?.positionCount, pages[0]?.strategyCount], [7_000, 7_000]);
});

test('snapshot: gives rows one by one and the same totals on each page, when the limit is one', () => {
  const state = makeExecState();
  trade(state, 'a', 'X', 'BUY');
  trade(state, 'a', 'Y', 'BUY');
  trade(state, 'b', 'X', 'SELL');
  const pages = allPages(state, 1);
  assert.deepEqual(
    pages.map(({ positions, strategies }) =>
      [...positions.map((row) => `${row.strategy} ${row.instrument}`), ...strategies.map((row) => row.strategy)].join(),
    ),
    ['a X', 'a Y', 'b X', 'a', 'b'],
  );
  for (const page of pages) assert.deepEqual([page.cash, page.fees], [pages[0]?.cash, '0.75']);
});

test('snapshot: gives an empty last page, when the row behind the cursor is gone', () => {
  const state = makeExecState();
  trade(state, 'a', 'X', 'BUY');
  const page = answer(state, { after: '3' });
  assert.deepEqual([page.positions, page.strategies, page.next], [[], [], undefined]);
});

test('snapshot: leaves out closed positions and keeps what they realized, when a strategy is flat', () => {
  const state = makeExecState();
  trade(state, 'a', 'X', 'BUY', '100');
  trade(state, 'a', 'X', 'SELL', '103');
  const { positions, strategies, realizedPnl, positionCount } = answer(state);
  assert.deepEqual([positions, positionCount, realizedPnl], [[], 0, '3']);
  assert.deepEqual([strategies[0]?.realizedPnl, strategies[0]?.fees], ['3', '0.5']);
});

test('ledger: remembers a bounded number of closed positions and every total, when ever more are closed', () => {
  const state = makeExecState();
  const count = CLOSED_POSITIONS_MAX + 500;
  trade(state, 'open', 'X', 'BUY');
  for (let index = 0; index < count; index += 1) {
    trade(state, 'a', `I${index}`, 'BUY', '100');
    trade(state, 'a', `I${index}`, 'SELL', '101');
  }
  assert.equal(state.ledger.entries.size, CLOSED_POSITIONS_MAX + 1);
  assert.equal(state.ledger.closed.size, CLOSED_POSITIONS_MAX);
  assert.equal(formatUnits(state.ledger.realized), String(count));
  assert.equal(state.ledger.totals.get('a')?.realized, parseUnits(String(count)));
  trade(state, 'a', 'I0', 'SELL', '100');
  assert.equal(answer(state).positions.length, 2, 'a position that was forgotten opens anew');
});
