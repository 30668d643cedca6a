/** Books the same trades into positions of the trading core and into exec's own positions of today. */
import { UNITS_PER_ONE } from '@flotilla/contracts';
import { applyTrade, FLAT, type Position as PositionOfToday } from '@flotilla/exec/ledger/position.ts';
import { Position } from '@flotilla/trading/ledger/position.ts';

const POSITIONS = 500;
const TERMS = { inverseUnits: undefined };
/** BTC-USD: ticks of 0.01 USD, lots of 10^-8 BTC. */
const TICK_UNITS = UNITS_PER_ONE / 100n;
const LOT_UNITS = UNITS_PER_ONE / 100_000_000n;

/** About 0.05 to 1 BTC near 60,000 USD; buys and sales in turns of different sizes, so that positions open, close in part and cross zero. */
function lotsAt(index: number): number {
  const lots = 5_000_000 + (index % 19) * 5_000_000;
  return index % 3 === 0 ? -lots * 2 : lots;
}

function ticksAt(index: number): number {
  return 6_000_000 + ((index * 7_919) % 20_011);
}

/** The same trades again and again, so that no time goes into making them. A number of them that shares no factor with POSITIONS. */
const TRADES = 4_099;
const LOTS = Float64Array.from({ length: TRADES }, (_, index) => lotsAt(index));
const TICKS = Float64Array.from({ length: TRADES }, (_, index) => ticksAt(index));

export function bookTrades(count: number): void {
  const positions = Array.from({ length: POSITIONS }, () => new Position('AVERAGE'));
  for (let index = 0; index < count; index += 1)
    positions[index % POSITIONS]?.trade(TERMS, TICKS[index % TRADES] ?? 1, LOTS[index % TRADES] ?? 1);
}

export function bookTradesAsToday(count: number): void {
  const positions: PositionOfToday[] = Array.from({ length: POSITIONS }, () => FLAT);
  for (let index = 0; index < count; index += 1) {
    const at = index % POSITIONS;
    positions[at] = applyTrade(positions[at] ?? FLAT, {
      signedQuantity: BigInt(LOTS[index % TRADES] ?? 1) * LOT_UNITS,
      price: BigInt(TICKS[index % TRADES] ?? 1) * TICK_UNITS,
      fee: 0n,
    });
  }
}
