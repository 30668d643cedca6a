/** Reads the figures that only the operator reports, from its `/metrics`. */
import type { RunningContender } from './contender.ts';
import { parseCounters } from './counters.ts';

const EVENT_LOOP = 'nodejs_eventloop_lag_p99_seconds';
/** Node measures from one tick of a timer to the next; its interval is in what it reports. */
const TIMER_MS = 10;

/** 99th percentile since the last reading, which begins anew; undefined for a contender without metrics. */
export async function eventLoopDelayMs({ url }: RunningContender): Promise<number | undefined> {
  if (url === undefined) return undefined;
  const text = await (await fetch(`${url}/metrics`)).text();
  const seconds = parseCounters(text, new Set([EVENT_LOOP]))[0]?.value;
  return seconds === undefined ? undefined : Math.max(0, seconds * 1_000 - TIMER_MS);
}
