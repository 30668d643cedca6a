/** Latency models: how long a message is on its way between the sender and the venue. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { NextRandom } from './next-random.ts';

/** COMMAND: from the sender to the venue. REPORT: from the venue to the sender. */
export type Way = 'COMMAND' | 'REPORT';

/** Whole milliseconds from 0 to {@link LATENCY_MS_MAX}. One session is one connection, so the simulator never lets one message overtake another. */
export type LatencyModel = (way: Way) => number;

/** Bound on one way. */
const LATENCY_MS_MAX = 60_000;

export const noLatency: LatencyModel = () => 0;

export function fixedLatency({ commandMs, reportMs }: { readonly commandMs: number; readonly reportMs: number }): LatencyModel {
  assertLatency(commandMs);
  assertLatency(reportMs);
  return (way) => (way === 'COMMAND' ? commandMs : reportMs);
}

/** Every whole number from `msMin` to `msMax` is equally likely, for both ways. */
export function uniformLatency({ msMin, msMax }: { readonly msMin: number; readonly msMax: number }, next: NextRandom): LatencyModel {
  assertLatency(msMin);
  assertLatency(msMax);
  assert(msMin <= msMax, `expected a latency from the smaller to the larger bound, found ${msMin} to ${msMax}`);
  return () => msMin + Math.floor(next() * (msMax - msMin + 1));
}

function assertLatency(ms: number): void {
  assert(
    Number.isSafeInteger(ms) && ms >= 0 && ms <= LATENCY_MS_MAX,
    `expected a latency of 0 to ${LATENCY_MS_MAX} whole milliseconds, found ${ms}`,
  );
}
