/** The ledger as people read it: the answer on `query.exec.<portfolio>`. */
import type { ExecSnapshot, TradingState } from '@flotilla/contracts';
import type { ActiveConfig } from '../engine/active-config.ts';
import { formatUnits, parseUnits } from '../fixed-point.ts';
import { averagePriceOf, unrealizedOf } from '../ledger/position.ts';
import { equityOf, valueLedger } from '../ledger/valuation.ts';
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

/** Average prices are shown to ten places. */
const AVERAGE_PRICE_STEP = 10n ** 8n;

export function snapshotOf(input: SnapshotInput): ExecSnapshot {
  const { state, market, config } = input;
  const { ledger } = state;
  const valuation = valueLedger(ledger, (instrument) => market.get(instrument)?.reference);
  const startingCash = parseUnits(config?.config.venue.paper.startingCash ?? '0');
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
    positions: positionsOf(state, market),
    strategies: strategiesOf(state, config),
    time: new Date(input.nowMs).toISOString(),
  };
}

function positionsOf({ ledger }: ExecState, market: Market): ExecSnapshot['positions'] {
  return [...ledger.entries.values()].map(({ strategy, instrument, position }) => {
    const average = averagePriceOf(position);
    const price = market.get(instrument)?.reference;
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
  });
}

function strategiesOf(state: ExecState, config: ActiveConfig | undefined): ExecSnapshot['strategies'] {
  const open = new Map<string, number>();
  for (const order of state.orders.open.values()) open.set(order.strategy, (open.get(order.strategy) ?? 0) + 1);
  const names = new Set([...(config?.strategies.keys() ?? []), ...state.counters.keys()]);
  return [...names].sort().map((strategy) => {
    const counters = state.counters.get(strategy);
    return {
      strategy,
      accepted: counters?.accepted ?? 0,
      denied: counters?.denied ?? 0,
      deniedBy: Object.fromEntries(counters?.deniedBy ?? []),
      fills: counters?.fills ?? 0,
      openOrders: open.get(strategy) ?? 0,
    };
  });
}
