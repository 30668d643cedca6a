/** The way that the price takes through a bar: four points, each with a part of the volume. */
import type { Bar } from './market-data.ts';

/**
 * Which extreme comes first. ADAPTIVE: the one nearer to the open, because a price that ends far away more often passes the near extreme first; the low
 * when both are equally near.
 */
export type BarPath = 'ADAPTIVE' | 'HIGH_FIRST' | 'LOW_FIRST';

/** At the open the market may have jumped over a limit. Every later point is reached by passing the prices between. */
export interface PathPoint {
  readonly at: 'OPEN' | 'EXTREME' | 'CLOSE';
  readonly ticks: number;
  readonly lots: number;
}

const POINTS = 4;

/** A quarter of the volume at each point; what the division leaves is traded at the close. */
export function pathOf(bar: Bar, path: BarPath): readonly PathPoint[] {
  const lots = Math.floor(bar.lots / POINTS);
  const [first, second] = isHighFirst(bar, path) ? [bar.highTicks, bar.lowTicks] : [bar.lowTicks, bar.highTicks];
  return [
    { at: 'OPEN', ticks: bar.openTicks, lots },
    { at: 'EXTREME', ticks: first, lots },
    { at: 'EXTREME', ticks: second, lots },
    { at: 'CLOSE', ticks: bar.closeTicks, lots: bar.lots - (POINTS - 1) * lots },
  ];
}

function isHighFirst({ openTicks, highTicks, lowTicks }: Bar, path: BarPath): boolean {
  if (path !== 'ADAPTIVE') return path === 'HIGH_FIRST';
  return highTicks - openTicks < openTicks - lowTicks;
}
