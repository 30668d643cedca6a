/** The ledger: positions per strategy and instrument, cash flow, fees and realized profit by UTC day; a fold over fills and nothing else. */
import type { Fill } from '@flotilla/contracts';
import { multiplyExact, parseUnits } from '../fixed-point.ts';
import { applyTrade, FLAT, type Position } from './position.ts';
import { utcDay } from './utc-day.ts';

export interface PositionEntry {
  readonly strategy: string;
  readonly instrument: string;
  readonly position: Position;
}

/** Realized profit less fees of one UTC day. */
export interface DayResult {
  readonly day: string;
  readonly net: bigint;
}

export interface Ledger {
  readonly entries: Map<string, PositionEntry>;
  /** Net quantity of the account per instrument. */
  readonly netQuantities: Map<string, bigint>;
  /** Of the last day on which a strategy traded. */
  readonly days: Map<string, DayResult>;
  /** Of the last day on which the portfolio traded. */
  day: DayResult;
  /** What all fills moved: sales less purchases less fees. Cash is the starting cash plus this. */
  cashFlow: bigint;
  realized: bigint;
  fees: bigint;
}

export function createLedger(): Ledger {
  return {
    entries: new Map(),
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

/** Books one fill. The caller has made sure that it is not booked yet. */
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
  ledger.entries.set(positionKey(fill.strategy, fill.instrument), { strategy: fill.strategy, instrument: fill.instrument, position });
  ledger.netQuantities.set(fill.instrument, (ledger.netQuantities.get(fill.instrument) ?? 0n) + trade.signedQuantity);
  ledger.cashFlow -= multiplyExact(trade.price, trade.signedQuantity) + trade.fee;
  ledger.fees += trade.fee;
  const realized = position.realized - before.realized;
  ledger.realized += realized;
  const day = utcDay(Date.parse(fill.time));
  ledger.day = addToDay(ledger.day, day, realized - trade.fee);
  ledger.days.set(fill.strategy, addToDay(ledger.days.get(fill.strategy), day, realized - trade.fee));
}

function addToDay(result: DayResult | undefined, day: string, net: bigint): DayResult {
  return { day, net: (result?.day === day ? result.net : 0n) + net };
}
