/** How far exec has flattened one strategy, and the report of it in exec's status. */
import type { DenialCode, StrategyReport } from '@flotilla/contracts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { Attempt } from './attempt.ts';

export interface Flattening {
  readonly startedAt: string;
  orderCount: number;
  flattenedAt: string | undefined;
  /** Why no order goes out; undefined: nothing keeps an order back. */
  waitsFor: DenialCode | undefined;
  /** The last attempt by instrument. */
  readonly attempts: Map<string, Attempt>;
}

export function makeFlattening(nowMs: number): Flattening {
  return {
    startedAt: formatTime(nowMs),
    orderCount: 0,
    flattenedAt: undefined,
    waitsFor: undefined,
    attempts: new Map(),
  };
}

export function reportOf(flattening: Flattening | undefined): StrategyReport['flatten'] {
  if (flattening === undefined) return undefined;
  const { startedAt, orderCount, flattenedAt, waitsFor } = flattening;
  return {
    startedAt,
    orderCount,
    ...(flattenedAt === undefined ? {} : { flattenedAt }),
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
}
