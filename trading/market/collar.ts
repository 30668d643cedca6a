/** The distance from a price within which an order may trade, in whole ticks, rounded down. In two parts, because the product of the whole could leave the range in which a double is exact. */
export function collarTicksOf(ticks: number, collarBps: number): number {
  const rest = ticks % BPS;
  return ((ticks - rest) / BPS) * collarBps + Math.floor((rest * collarBps) / BPS);
}

const BPS = 10_000;
