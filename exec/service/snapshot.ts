/**
 * The ledger for people: the answer on `query.exec.<portfolio>`, in pages below the payload limit of the bus.
 *
 * Totals are over all rows, on every page. The order of the rows is fixed: open positions by strategy and instrument, then strategies by name.
 */
import {
  assert,
  type ExecSnapshot,
  type ExecSnapshotRequest,
  formatTime,
  formatUnits,
  parseUnits,
  SNAPSHOT_ROWS_MAX,
  type TradingState,
} from '@flotilla/contracts';
import type { ActiveConfig } from '../config/active-config.ts';
import { type PositionEntry, positionKey, totalOf } from '../ledger/ledger.ts';
import { averagePriceOf, unrealizedOf } from '../ledger/position.ts';
import { equityOf, valueLedger } from '../ledger/value-ledger.ts';
import type { Market } from '../market/market.ts';
import type { ExecState } from '../state/exec-state.ts';

export interface SnapshotInput {
  readonly portfolio: string;
  readonly state: ExecState;
  readonly market: Market;
  readonly config: ActiveConfig | undefined;
  readonly tradingState: TradingState;
  readonly nowMs: number;
}

type PositionRow = ExecSnapshot['positions'][number];
type StrategyRow = ExecSnapshot['strategies'][number];

type MadeRow = { readonly position: PositionRow } | { readonly strategy: StrategyRow };

/** A row that is computed only for its own page. Keys are unique, and their order is the order of the rows. */
interface Row {
  readonly key: string;
  readonly make: () => MadeRow;
}

/** Bound on the rows of one page, as JSON. The rest of an answer is below 2 KiB, and the limit of the bus is 1 MiB. */
const PAGE_BYTES_MAX = 400_000;
/** Average prices have ten decimal places. */
const AVERAGE_PRICE_STEP = 10n ** 8n;

export function snapshotOf(input: SnapshotInput, { after, limit = SNAPSHOT_ROWS_MAX }: ExecSnapshotRequest = {}): ExecSnapshot {
  const { state, market, config } = input;
  const { ledger } = state;
  const valuation = valueLedger(ledger, (instrument) => market.get(instrument)?.reference);
  const startingCash = parseUnits(config?.config.venue.paper.startingCash ?? '0');
  const positions = positionRows(state, market);
  const strategies = strategyRows(state, config);
  return {
    schemaVersion: 1,
    portfolio: input.portfolio,
    baseCurrency: config?.config.baseCurrency ?? 'unknown',
    tradingState: input.tradingState,
    cash: formatUnits(startingCash + ledger.cashFlow),
    equity: formatUnits(equityOf(ledger, startingCash, valuation)),
    realizedPnl: formatUnits(ledger.realized),
    unrealizedPnl: formatUnits(valuation.unrealized),
    fees: formatUnits(ledger.fees),
    positionCount: positions.length,
    strategyCount: strategies.length,
    ...pageOf([...positions, ...strategies], after, limit),
    time: formatTime(input.nowMs),
  };
}

/** The rows after `after`: at least one, at most `limit`, and no more than fit into a page. */
function pageOf(rows: readonly Row[], after: string | undefined, limit: number): Pick<ExecSnapshot, 'positions' | 'strategies' | 'next'> {
  assert(limit >= 1, `a page needs room for one row, found ${limit}`);
  const positions: PositionRow[] = [];
  const strategies: StrategyRow[] = [];
  let bytes = 0;
  let last: string | undefined;
  for (const row of rows) {
    if (after !== undefined && row.key <= after) continue;
    const made = row.make();
    bytes += JSON.stringify(made).length;
    const isFull = positions.length + strategies.length === limit || (last !== undefined && bytes > PAGE_BYTES_MAX);
    if (isFull) return { positions, strategies, ...(last === undefined ? {} : { next: last }) };
    if ('position' in made) positions.push(made.position);
    else strategies.push(made.strategy);
    last = row.key;
  }
  return { positions, strategies };
}

function positionRows({ ledger }: ExecState, market: Market): readonly Row[] {
  const open = [...ledger.entries.values()].filter(({ position }) => position.quantity !== 0n);
  const rows = open.map((entry): Row => {
    const key = `1/${positionKey(entry.strategy, entry.instrument)}`;
    return { key, make: () => ({ position: positionRow(entry, market.get(entry.instrument)?.reference) }) };
  });
  return rows.sort(byKey);
}

function positionRow({ strategy, instrument, position }: PositionEntry, price: bigint | undefined): PositionRow {
  const average = averagePriceOf(position);
  return {
    strategy,
    instrument,
    quantity: formatUnits(position.quantity),
    ...(average === undefined ? {} : { averagePrice: formatUnits((average / AVERAGE_PRICE_STEP) * AVERAGE_PRICE_STEP) }),
    ...(price === undefined ? {} : { marketPrice: formatUnits(price) }),
    realizedPnl: formatUnits(position.realized),
    unrealizedPnl: formatUnits(price === undefined ? 0n : unrealizedOf(position, price)),
    fees: formatUnits(position.fees),
  };
}

function strategyRows(state: ExecState, config: ActiveConfig | undefined): readonly Row[] {
  const open = new Map<string, number>();
  for (const order of state.orders.open.values()) open.set(order.strategy, (open.get(order.strategy) ?? 0) + 1);
  const names = new Set([...(config?.strategies.keys() ?? []), ...state.counters.keys()]);
  const rows = [...names].map((name): Row => ({
    key: `2/${name}`,
    make: () => ({ strategy: strategyRow(state, name, open.get(name) ?? 0) }),
  }));
  return rows.sort(byKey);
}

function strategyRow(state: ExecState, strategy: string, openOrders: number): StrategyRow {
  const counters = state.counters.get(strategy);
  const { realized, fees } = totalOf(state.ledger, strategy);
  return {
    strategy,
    accepted: counters?.accepted ?? 0,
    denied: counters?.denied ?? 0,
    deniedBy: Object.fromEntries(counters?.deniedBy ?? []),
    fills: counters?.fills ?? 0,
    openOrders,
    realizedPnl: formatUnits(realized),
    fees: formatUnits(fees),
  };
}

function byKey(a: Row, b: Row): number {
  return a.key < b.key ? -1 : 1;
}
