/**
 * The whole state of exec as lines of text, and back. Pure.
 *
 * {@link captureState} is quick, because it copies references alone: orders and positions never change in place. The lines may be made later, while
 * the state goes on.
 */
import { assert, type DenialCode } from '@flotilla/contracts';
import { makeLedger, type PositionEntry, type StrategyTotal } from '../ledger/ledger.ts';
import type { Order } from '../orders/order.ts';
import { restoreOrderBook } from '../orders/order-book.ts';
import { makeExecState, type ExecState } from '../state/exec-state.ts';
import { NO_GENERATIONS } from '../state/halt-generations.ts';

/** Everything of the state that has one value. */
type Single = Pick<ExecState, 'lastAcceptedAt' | 'answered' | 'haltGenerations' | 'newestConfig' | 'dayOpen'> &
  Pick<ExecState['ledger'], 'day' | 'cashFlow' | 'realized' | 'fees'>;

interface PackedCounters {
  readonly accepted: number;
  readonly denied: number;
  readonly fills: number;
  readonly deniedBy: readonly (readonly [DenialCode, number])[];
}

/** Entries of the maps of the state, in their order. */
export interface CapturedState {
  readonly single: Single;
  readonly order: readonly Order[];
  /** Ids of open orders. The venue restores them in this order, which decides who trades first. */
  readonly open: readonly string[];
  readonly entry: readonly PositionEntry[];
  readonly closed: readonly string[];
  readonly total: readonly (readonly [strategy: string, total: StrategyTotal])[];
  readonly net: readonly (readonly [instrument: string, quantity: bigint])[];
  readonly day: readonly (readonly [strategy: string, day: ExecState['ledger']['day']])[];
  readonly counters: readonly (readonly [strategy: string, counters: PackedCounters])[];
  readonly messages: readonly (readonly [strategy: string, times: readonly number[]])[];
  readonly lossDay: readonly (readonly [strategy: string, day: string])[];
  readonly gap: readonly string[];
}

export function captureState(state: ExecState): CapturedState {
  const { orders, ledger } = state;
  return {
    single: {
      lastAcceptedAt: state.lastAcceptedAt,
      answered: state.answered,
      haltGenerations: state.haltGenerations,
      newestConfig: state.newestConfig,
      dayOpen: state.dayOpen,
      day: ledger.day,
      cashFlow: ledger.cashFlow,
      realized: ledger.realized,
      fees: ledger.fees,
    },
    order: [...orders.orders.values()],
    open: [...orders.open.keys()],
    entry: [...ledger.entries.values()],
    closed: [...ledger.closed],
    total: [...ledger.totals],
    net: [...ledger.netQuantities],
    day: [...ledger.days],
    counters: [...state.counters].map(([strategy, counters]) => [strategy, { ...counters, deniedBy: [...counters.deniedBy] }]),
    messages: [...state.messages].map(([strategy, times]) => [strategy, [...times]]),
    lossDay: [...state.dailyLossDays],
    gap: [...state.gaps],
  };
}

const LISTS = ['order', 'open', 'entry', 'closed', 'total', 'net', 'day', 'counters', 'messages', 'lossDay', 'gap'] as const;
type List = (typeof LISTS)[number];

/** One line for the single values, one for each entry of a list. */
export function* linesOf(captured: CapturedState): Generator<string> {
  yield lineOf('single', captured.single);
  for (const list of LISTS) for (const value of captured[list]) yield lineOf(list, value);
}

/** @throws AssertionError for lines that do not make a state */
export function stateOfLines(lines: Iterable<string>): ExecState {
  const captured = capturedOf(lines);
  const { single, closed, gap } = captured;
  const { day, cashFlow, realized, fees, ...rest } = single;
  const ledger = { ...makeLedger(), day, cashFlow, realized, fees };
  for (const entry of captured.entry) ledger.entries.set(`${entry.strategy}/${entry.instrument}`, entry);
  for (const key of closed) ledger.closed.add(key);
  for (const [strategy, total] of captured.total) ledger.totals.set(strategy, total);
  for (const [instrument, quantity] of captured.net) ledger.netQuantities.set(instrument, quantity);
  for (const [strategy, result] of captured.day) ledger.days.set(strategy, result);
  return {
    ...makeExecState(),
    ...SINGLE,
    ...rest,
    haltGenerations: { ...NO_GENERATIONS, ...rest.haltGenerations },
    ledger,
    orders: restoreOrderBook(
      captured.order.map((order) => ({ ...ORDER, ...order })),
      captured.open,
    ),
    counters: new Map(captured.counters.map(([strategy, counters]) => [strategy, { ...counters, deniedBy: new Map(counters.deniedBy) }])),
    messages: new Map(captured.messages.map(([strategy, times]) => [strategy, [...times]])),
    dailyLossDays: new Map(captured.lossDay),
    gaps: new Set(gap),
  };
}

/** JSON drops fields that are undefined, and a restored state has the same fields as a folded one. */
const SINGLE = { lastAcceptedAt: undefined, answered: undefined, newestConfig: undefined, dayOpen: undefined } as const;
const ORDER = { causationId: undefined, limitPrice: undefined, policyHash: undefined, traceparent: undefined } as const;

type Mutable = { -readonly [L in List]: CapturedState[L][number][] };

function capturedOf(lines: Iterable<string>): CapturedState {
  const lists: Mutable = {
    order: [],
    open: [],
    entry: [],
    closed: [],
    total: [],
    net: [],
    day: [],
    counters: [],
    messages: [],
    lossDay: [],
    gap: [],
  };
  let single: Single | undefined;
  for (const line of lines) {
    const at = line.indexOf(' ');
    const [list, value] = [line.slice(0, at), JSON.parse(line.slice(at + 1), revive) as unknown];
    if (list === 'single') {
      single = value as Single;
      continue;
    }
    assert(isList(list), `expected a line of a checkpoint, found one that begins with ${list}`);
    (lists[list] as unknown[]).push(value);
  }
  assert(single !== undefined, 'expected a checkpoint with the line "single"');
  return { ...lists, single };
}

function isList(text: string): text is List {
  return (LISTS as readonly string[]).includes(text);
}

function lineOf(list: string, value: unknown): string {
  return `${list} ${JSON.stringify(value, replace)}`;
}

/** JSON has no integers of any size. No other value of the state is an object with the key `$n`. */
function replace(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { $n: String(value) } : value;
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$n' in value)) return value;
  return BigInt((value as { readonly $n: string }).$n);
}
