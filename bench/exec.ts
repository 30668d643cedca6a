/**
 * The parts of the trading core on one core: booking a trade, a whole account, the life of an order, a quote, a quote through the simulated exchange, the whole core; each
 * beside exec's own part of today where both do the same.
 */
import { beginBench, round } from './harness/report.ts';
import { median, spread } from './harness/statistics.ts';
import { bookTrades, bookTradesAsToday } from './exec/book-trades.ts';
import { keepAccount, openAccount, restore, snapshotOf } from './exec/keep-account.ts';
import { liveOrders } from './exec/live-orders.ts';
import { matchQuotes } from './exec/match-quotes.ts';
import { runEngine } from './exec/run-engine.ts';
import { restoreCore, snapshotOfCore } from './exec/snapshot-core.ts';
import { takeQuotes } from './exec/take-quotes.ts';

const ROUNDS = Number(process.env['FLOTILLA_BENCH_ROUNDS'] ?? '5');
const TRADES = 2_000_000;
const TRADES_AS_TODAY = 200_000;
const ORDERS = 2_000_000;
const QUOTES = 20_000_000;
const MATCHED_QUOTES = 10_000_000;
const ENGINE_QUOTES = 5_000_000;
const ACCOUNT_TRADES = 500_000;
const POSITIONS_FEW = 1_000;
const POSITIONS_MANY = 100_000;
const OPEN_ORDERS = 1_000;
const PAST_ORDERS = 200_000;
const CORE_RESTORE_MS_MAX = 2_000;
/** Issue 10: decide and book. */
const ACCOUNT_NS_MAX = 1_000;
const SNAPSHOT_MS_MAX = 150;
/** Issue 10: quotes through the whole core in a second, with an order every 200 quotes and every 5. */
const ENGINE_FEW_MIN = 12_000_000;
const ENGINE_MANY_MIN = 6_400_000;
/** exec's own booking of today is the peer of the same run. */
const BOOKING_RATIO_MIN = 10;

const bench = beginBench(
  'exec',
  `${ROUNDS} rounds in turns, each: ${TRADES} trades into 500 positions at average cost, and ${TRADES_AS_TODAY} into exec's own positions of today; ` +
    `${ACCOUNT_TRADES} trades into a whole account of ${POSITIONS_FEW} and of ${POSITIONS_MANY} open positions in two currencies, each with the loss of the day and ` +
    `the gross exposure; a snapshot of ${POSITIONS_MANY} positions and its restore; a snapshot of the core with ${OPEN_ORDERS} open orders after ${PAST_ORDERS} and its restore; ` +
    `${ORDERS} orders from their making to their last fill; ${QUOTES} quotes over 500 instruments, of which every tenth is late; ` +
    `${MATCHED_QUOTES} quotes through the simulated exchange with ten resting orders and a market order every 200 quotes; ` +
    `${ENGINE_QUOTES} quotes through the whole core with the simulated exchange, a crossing of averages, all checks and the ledger, with an order every 200 quotes and every 5`,
);

const few = openAccount(POSITIONS_FEW);
const many = openAccount(POSITIONS_MANY);
const bytes = snapshotOf(many);
const core = snapshotOfCore(OPEN_ORDERS, PAST_ORDERS);
const parts = {
  bookNs: () => nanoseconds(TRADES, () => bookTrades(TRADES)),
  bookTodayNs: () => nanoseconds(TRADES_AS_TODAY, () => bookTradesAsToday(TRADES_AS_TODAY)),
  accountFewNs: () => nanoseconds(ACCOUNT_TRADES, () => keepAccount(few, POSITIONS_FEW, ACCOUNT_TRADES)),
  accountManyNs: () => nanoseconds(ACCOUNT_TRADES, () => keepAccount(many, POSITIONS_MANY, ACCOUNT_TRADES)),
  snapshotMs: () => nanoseconds(1, () => snapshotOf(many)) / 1e6,
  restoreMs: () => nanoseconds(1, () => restore(bytes)) / 1e6,
  coreSnapshotMs: () => nanoseconds(1, () => core.write()) / 1e6,
  coreRestoreMs: () => nanoseconds(1, () => restoreCore(core.bytes, OPEN_ORDERS)) / 1e6,
  orderNs: () => nanoseconds(ORDERS, () => liveOrders(ORDERS)),
  quoteNs: () => nanoseconds(QUOTES, () => takeQuotes(QUOTES)),
  engineFewNs: () => nanoseconds(ENGINE_QUOTES, () => runEngine(ENGINE_QUOTES, 200)),
  engineManyNs: () => nanoseconds(ENGINE_QUOTES, () => runEngine(ENGINE_QUOTES, 5)),
  matchNs: () => nanoseconds(MATCHED_QUOTES, () => matchQuotes(MATCHED_QUOTES)),
};
type Part = keyof typeof parts;
const rounds: Record<Part, number>[] = [];
for (let index = 0; index < ROUNDS; index += 1)
  rounds.push(Object.fromEntries(Object.entries(parts).map(([name, run]) => [name, run()])) as Record<Part, number>);
const of = (part: Part) => spread(rounds.map((each) => each[part]));
const results = Object.fromEntries(Object.keys(parts).map((name) => [name, of(name as Part)])) as Record<Part, ReturnType<typeof spread>>;
for (const [name, { min, median: middle, max }] of Object.entries(results))
  bench.line(`${name} ${round(middle)} (${round(min)} to ${round(max)})`);
const ratio = median(rounds.map(({ bookNs, bookTodayNs }) => bookTodayNs / bookNs));
bench.finish({ ...results, bookingRatio: ratio }, [
  { what: 'booking a trade, as often as today in the same time', found: ratio, bound: BOOKING_RATIO_MIN, sense: 'at least', unit: '×' },
  bounded('decide and book in an account of 1,000 positions', results.accountFewNs.median, ACCOUNT_NS_MAX, 'ns'),
  bounded('decide and book in an account of 100,000 positions', results.accountManyNs.median, ACCOUNT_NS_MAX, 'ns'),
  perSecond('quotes of the whole core in a second, an order every 200', results.engineFewNs.median, ENGINE_FEW_MIN),
  perSecond('quotes of the whole core in a second, an order every 5', results.engineManyNs.median, ENGINE_MANY_MIN),
  bounded('a snapshot of the core with 1,000 open orders after 200,000', results.coreSnapshotMs.median, SNAPSHOT_MS_MAX, 'ms'),
  bounded('the restore of it', results.coreRestoreMs.median, CORE_RESTORE_MS_MAX, 'ms'),
  bounded('a snapshot of 100,000 positions', results.snapshotMs.median, SNAPSHOT_MS_MAX, 'ms'),
]);

function bounded(what: string, found: number, bound: number, unit: 'ns' | 'ms') {
  return { what, found, bound, sense: 'at most', unit } as const;
}

function perSecond(what: string, ns: number, bound: number) {
  return { what, found: Math.round(1e9 / ns), bound, sense: 'at least', unit: '' } as const;
}

/** Nanoseconds of one of `count`. */
function nanoseconds(count: number, work: () => void): number {
  const startedMs = performance.now();
  work();
  return ((performance.now() - startedMs) * 1e6) / count;
}
