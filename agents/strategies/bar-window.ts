/** The last closes of one instrument, in ticks, with the order of time kept. */
import type { Bar } from '@flotilla/contracts';
import { readInteger, storeInteger, type StoredInteger } from './stored-integer.ts';

export interface BarWindow {
  /** Oldest first, at most the window's length. */
  readonly closesTicks: readonly StoredInteger[];
  /** Milliseconds since the epoch at which each of them opened. */
  readonly openTimesMs: readonly number[];
}

export const EMPTY_WINDOW: BarWindow = { closesTicks: [], openTimesMs: [] };

export interface WindowChange {
  readonly window: BarWindow;
  /** The close that entered. */
  readonly enteredTicks: bigint;
  /** Everything before was forgotten: the feed began again. */
  readonly restarted: boolean;
}

/**
 * Appends a bar and forgets the oldest beyond `length`. Undefined for a bar that is not newer than the last one: the caller ignores it.
 *
 * A bar older than the whole window means that the feed began again (a recording replayed once more). The window starts over, and the strategy
 * proposes nothing until the window is full again.
 *
 * @param closeTicks the close of the bar, by the rule that exec and the agents share
 */
export function pushBar(window: BarWindow, bar: Bar, closeTicks: bigint, length: number): WindowChange | undefined {
  const openTimeMs = Date.parse(bar.openTime);
  const first = window.openTimesMs[0];
  const last = window.openTimesMs.at(-1);
  const restarted = first !== undefined && openTimeMs < first;
  if (!restarted && last !== undefined && openTimeMs <= last) return undefined;
  const kept = restarted ? EMPTY_WINDOW : window;
  return {
    window: {
      closesTicks: [...kept.closesTicks, storeInteger(closeTicks)].slice(-length),
      openTimesMs: [...kept.openTimesMs, openTimeMs].slice(-length),
    },
    enteredTicks: closeTicks,
    restarted,
  };
}

/** The close that leaves the last `bars` closes when one more enters; 0 while there are fewer. */
export function leavingTicks({ closesTicks }: BarWindow, bars: number): bigint {
  return closesTicks.length < bars ? 0n : readInteger(closesTicks[closesTicks.length - bars] ?? 0);
}
