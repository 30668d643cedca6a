/** The ledger: positions per strategy and instrument, cash flow, fees and realized P&L by UTC day. A fold over fills alone. */
import { assert, type Fill, multiplyExact, parseUnits } from '@flotilla/contracts';
import { applyTrade, FLAT, type Position } from './position.ts';
import { utcDay } from './utc-day.ts';

export interface PositionEntry {
  readonly strategy: string;
  readonly instrument: string;
  readonly position: Position;
}

/** Realized P&L less fees of one UTC day. */
export interface DayResult {
  readonly day: string;
  readonly net: bigint;
}

/** Realized P&L and fees of one strategy, over all its positions. */
export interface StrategyTotal {
  readonly realized: bigint;
  readonly fees: bigint;
}

export interface Ledger {
  /** Open positions, and the {@link CLOSED_POSITIONS_MAX} that were closed last. */
  readonly entries: Map<string, PositionEntry>;
  /** Keys of closed positions, the one that was closed longest ago first. */
  readonly closed: Set<string>;
  readonly totals: Map<string, StrategyTotal>;
  /** Net quantity of the account per instrument. */
  readonly netQuantities: Map<string, bigint>;
  /** By strategy: the result of the last day on which the strategy traded. */
  readonly days: Map<string, DayResult>;
  /** Result of the last day on which the portfolio traded. */
  day: DayResult;
  /** Sales less purchases less fees, over all fills. Cash is the starting cash plus the cash flow. */
  cashFlow: bigint;
  realized: bigint;
  fees: bigint;
}

/** Bound on the closed positions that still show their realized P&L. The totals keep the realized P&L of older ones. */
export const CLOSED_POSITIONS_MAX = 1_000;

const NO_TOTAL: StrategyTotal = { realized: 0n, fees: 0n };

export function makeLedger(): Ledger {
  return {
    entries: new Map(),
    closed: new Set(),
    totals: new Map(),
    netQuantities: new Map(),
    days: new Map(),
    day: { day: '', net: 0n },
    cashFlow: 0n,
    realized: 0n,
    fees: 0n,
  };
}

export function positionKey(strategy: string, instrument: string): string {
  return `${strategy}/${instrument}`;
}

export function positionOf(ledger: Ledger, strategy: string, instrument: string): Position {
  return ledger.entries.get(positionKey(strategy, instrument))?.position ?? FLAT;
}

export function totalOf(ledger: Ledger, strategy: string): StrategyTotal {
  return ledger.totals.get(strategy) ?? NO_TOTAL;
}

/** Books one fill. The caller has checked that the fill is not booked yet. */
export function bookFill(
  ledger: Ledger,
  fill: Pick<Fill, 'strategy' | 'instrument' | 'side' | 'quantity' | 'price' | 'fee' | 'time'>,
): void {
  const quantity = parseUnits(fill.quantity);
  const trade = {
    signedQuantity: fill.side === 'BUY' ? quantity : -quantity,
    price: parseUnits(fill.price),
    fee: parseUnits(fill.fee),
  };
  const before = positionOf(ledger, fill.strategy, fill.instrument);
  const position = applyTrade(before, trade);
  setEntry(ledger, { strategy: fill.strategy, instrument: fill.instrument, position });
  ledger.netQuantities.set(fill.instrument, (ledger.netQuantities.get(fill.instrument) ?? 0n) + trade.signedQuantity);
  ledger.cashFlow -= multiplyExact(trade.price, trade.signedQuantity) + trade.fee;
  ledger.fees += trade.fee;
  const realized = position.realized - before.realized;
  ledger.realized += realized;
  const day = utcDay(Date.parse(fill.time));
  ledger.day = addToDay(ledger.day, day, realized - trade.fee);
  ledger.days.set(fill.strategy, addToDay(ledger.days.get(fill.strategy), day, realized - trade.fee));
  const total = totalOf(ledger, fill.strategy);
  ledger.totals.set(fill.strategy, { realized: total.realized + realized, fees: total.fees + trade.fee });
  // The amount of the fill is in the position's cost, in realized P&L and in fees, to the last unit.
  const moved = multiplyExact(trade.price, trade.signedQuantity) + trade.fee;
  assert(moved === position.cost - before.cost - realized + trade.fee, `a fill of ${fill.strategy} in ${fill.instrument} does not balance`);
}

/** Forgets the position that was closed longest ago when there are more than {@link CLOSED_POSITIONS_MAX}. */
function setEntry(ledger: Ledger, entry: PositionEntry): void {
  const key = positionKey(entry.strategy, entry.instrument);
  ledger.entries.set(key, entry);
  ledger.closed.delete(key);
  if (entry.position.quantity !== 0n) return;
  assert(entry.position.cost === 0n, `the closed position ${key} must have no cost`);
  ledger.closed.add(key);
  if (ledger.closed.size <= CLOSED_POSITIONS_MAX) return;
  for (const oldest of ledger.closed) {
    ledger.closed.delete(oldest);
    ledger.entries.delete(oldest);
    return;
  }
}

function addToDay(result: DayResult | undefined, day: string, net: bigint): DayResult {
  return { day, net: (result?.day === day ? result.net : 0n) + net };
}
