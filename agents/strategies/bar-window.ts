/** The last closes of one instrument, in ticks, with the order of time kept. */
import { toPriceTicks, type Bar, type Instrument } from '@flotilla/contracts';

export interface BarWindow {
  /** Oldest first, at most the window's length. */
  readonly closesTicks: readonly number[];
  /** Milliseconds since the epoch at which each of them opened. */
  readonly openTimesMs: readonly number[];
}

export const EMPTY_WINDOW: BarWindow = { closesTicks: [], openTimesMs: [] };

export interface WindowChange {
  readonly window: BarWindow;
  /** The close that entered. */
  readonly enteredTicks: number;
  /** Everything before was forgotten: the feed began again. */
  readonly restarted: boolean;
}

/**
 * Appends a bar and forgets the oldest beyond `length`. Undefined for a bar that is not newer than the last one: the caller ignores it.
 *
 * A bar older than the whole window means that the feed began again (a recording replayed once more). The window starts over, and the strategy
 * proposes nothing until the window is full again.
 *
 * @throws FlotillaError `PRICE_OFF_TICK`, `NUMBER_OUT_OF_RANGE`.
 */
export function pushBar(window: BarWindow, bar: Bar, length: number, instrument: Instrument): WindowChange | undefined {
  const openTimeMs = Date.parse(bar.openTime);
  const first = window.openTimesMs[0];
  const last = window.openTimesMs.at(-1);
  const restarted = first !== undefined && openTimeMs < first;
  if (!restarted && last !== undefined && openTimeMs <= last) return undefined;
  const enteredTicks = toPriceTicks(bar.close, instrument);
  const kept = restarted ? EMPTY_WINDOW : window;
  return {
    window: {
      closesTicks: [...kept.closesTicks, enteredTicks].slice(-length),
      openTimesMs: [...kept.openTimesMs, openTimeMs].slice(-length),
    },
    enteredTicks,
    restarted,
  };
}
