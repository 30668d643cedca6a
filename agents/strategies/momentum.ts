/**
 * Momentum: long while the fast moving average of closes is above the slow one, short (or flat) while it is below.
 *
 * Simple moving averages over the last `fastBars` and `slowBars` closes, kept as rolling sums of whole ticks; they are compared by cross
 * multiplication, so no division rounds. Reacts to bars alone.
 */
import type { MomentumParameters } from '@flotilla/contracts/resources/agent-parameters.ts';
import { BPS_PER_ONE, formatPrice, type Instrument } from '@flotilla/contracts';
import { EMPTY_WINDOW, leavingTicks, pushBar, type BarWindow, type WindowChange } from './bar-window.ts';
import { readClose } from './close-price.ts';
import { sizePosition } from './position-size.ts';
import { turnTo, type Stance } from './stance.ts';
import { readInteger, storeInteger, type StoredInteger } from './stored-integer.ts';
import type { Strategy } from './strategy.ts';

interface InstrumentState extends Stance {
  readonly window: BarWindow;
  readonly fastSumTicks: StoredInteger;
  readonly slowSumTicks: StoredInteger;
}

export type MomentumState = Readonly<Record<string, InstrumentState>>;

const EMPTY: InstrumentState = { window: EMPTY_WINDOW, fastSumTicks: 0, slowSumTicks: 0, stance: 0 };

export const momentum: Strategy<MomentumParameters, MomentumState> = {
  initial(_parameters, instruments) {
    return Object.fromEntries(instruments.map((instrument) => [instrument.symbol, EMPTY]));
  },

  onSignal(state, signal, { parameters, instrument }) {
    if (signal.kind !== 'bar') return { state, targets: [] };
    const close = readClose(signal, instrument);
    if (!close.usable) return { state, targets: [], difficulty: close.difficulty };
    const before = state[instrument.symbol] ?? EMPTY;
    const change = pushBar(before.window, signal, close.ticks, parameters.slowBars);
    if (change === undefined) return { state, targets: [] };

    const averaged = roll(before, change, parameters);
    const wished = wishOf(averaged, parameters);
    const { stance, targetLots, difficulty } = turnTo(wished, before, () => sizePosition(parameters, close.ticks, instrument));
    const target = {
      instrument: instrument.symbol,
      timeInForce: 'IOC',
      reason: describe(wished, averaged, parameters, instrument),
    } as const;
    return {
      state: { ...state, [instrument.symbol]: { ...averaged, ...stance } },
      targets: targetLots === undefined ? [] : [{ ...target, targetLots }],
      difficulty,
    };
  },
};

/** O(1) in the length of the window, but for the copy of the window itself. */
function roll(before: InstrumentState, change: WindowChange, { fastBars, slowBars }: MomentumParameters): InstrumentState {
  const left = change.restarted ? EMPTY : before;
  const fastSumTicks = readInteger(left.fastSumTicks) + change.enteredTicks - leavingTicks(left.window, fastBars);
  const slowSumTicks = readInteger(left.slowSumTicks) + change.enteredTicks - leavingTicks(left.window, slowBars);
  return { ...before, window: change.window, fastSumTicks: storeInteger(fastSumTicks), slowSumTicks: storeInteger(slowSumTicks) };
}

/** The side that the strategy wants; without a clear crossing, the side of its last target. */
function wishOf(state: InstrumentState, { fastBars, slowBars, thresholdBps, allowShort }: MomentumParameters): number {
  if (state.window.closesTicks.length < slowBars) return state.stance;
  // fast − slow = (fastSum × slowBars − slowSum × fastBars) / (fastBars × slowBars)
  const slowScaled = readInteger(state.slowSumTicks) * BigInt(fastBars);
  const difference = readInteger(state.fastSumTicks) * BigInt(slowBars) - slowScaled;
  const distance = difference < 0n ? -difference : difference;
  if (difference === 0n || distance * BPS_PER_ONE < BigInt(thresholdBps) * slowScaled) return state.stance;
  return difference > 0n ? 1 : allowShort ? -1 : 0;
}

function describe(wished: number, state: InstrumentState, { fastBars, slowBars }: MomentumParameters, instrument: Instrument): string {
  const fast = formatAverage(state.fastSumTicks, fastBars, instrument);
  const slow = formatAverage(state.slowSumTicks, slowBars, instrument);
  const direction = wished === 1 ? 'above' : 'below';
  return `average of ${fastBars} bars (${fast}) went ${direction} the average of ${slowBars} (${slow})`;
}

/** Rounded to the nearest tick, for reading. */
function formatAverage(sumTicks: StoredInteger, bars: number, instrument: Instrument): string {
  const count = BigInt(bars);
  return formatPrice((2n * readInteger(sumTicks) + count) / (2n * count), instrument);
}
