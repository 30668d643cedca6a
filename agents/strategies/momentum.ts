/**
 * Momentum: long while the fast moving average of closes is above the slow one, short (or flat) while it is below.
 *
 * Simple moving averages over the last `fastBars` and `slowBars` closes, kept as rolling sums of whole ticks; they are compared by cross
 * multiplication, so no division rounds. Reacts to bars alone.
 */
import type { MomentumParameters } from '@flotilla/contracts/resources/agent-parameters.ts';
import { assert, BPS_PER_ONE, formatPrice, type Instrument } from '@flotilla/contracts';
import { EMPTY_WINDOW, pushBar, type BarWindow, type WindowChange } from './bar-window.ts';
import { positionLots } from './position-size.ts';
import type { Strategy } from './strategy.ts';

interface InstrumentState {
  readonly window: BarWindow;
  readonly fastSumTicks: number;
  readonly slowSumTicks: number;
  /** Target of the last crossing: -1 short, 0 flat, 1 long. */
  readonly stance: number;
}

export type MomentumState = Readonly<Record<string, InstrumentState>>;

const EMPTY: InstrumentState = { window: EMPTY_WINDOW, fastSumTicks: 0, slowSumTicks: 0, stance: 0 };

export const momentum: Strategy<MomentumParameters, MomentumState> = {
  initial(_parameters, instruments) {
    return Object.fromEntries(instruments.map((instrument) => [instrument.symbol, EMPTY]));
  },

  onSignal(state, signal, { parameters, instrument }) {
    if (signal.kind !== 'bar') return { state, targets: [] };
    const before = state[instrument.symbol] ?? EMPTY;
    const change = pushBar(before.window, signal, parameters.slowBars, instrument);
    if (change === undefined) return { state, targets: [] };

    const averaged = roll(before, change, parameters);
    const stance = stanceOf(averaged, parameters);
    const lots = stance === before.stance ? 0 : positionLots(parameters, signal.close, instrument);
    // A size that rounds to nothing opens nothing; closing needs no size.
    const crossed = stance !== before.stance && (stance === 0 || lots > 0);
    const after = { ...averaged, stance: crossed ? stance : before.stance };
    return {
      state: { ...state, [instrument.symbol]: after },
      targets: crossed
        ? [
            {
              instrument: instrument.symbol,
              targetLots: stance === 0 ? 0 : stance * lots,
              timeInForce: 'IOC',
              reason: describe(after, parameters, instrument),
            },
          ]
        : [],
    };
  },
};

/** O(1) in the length of the window, but for the copy of the window itself. */
function roll(before: InstrumentState, change: WindowChange, { fastBars, slowBars }: MomentumParameters): InstrumentState {
  const left = change.restarted ? EMPTY : before;
  const closes = left.window.closesTicks;
  const leavesFast = closes.length >= fastBars ? (closes[closes.length - fastBars] ?? 0) : 0;
  const leavesSlow = closes.length >= slowBars ? (closes[closes.length - slowBars] ?? 0) : 0;
  const fastSumTicks = left.fastSumTicks + change.enteredTicks - leavesFast;
  const slowSumTicks = left.slowSumTicks + change.enteredTicks - leavesSlow;
  assert(Number.isSafeInteger(slowSumTicks), 'the sum of the slow window is a safe integer of ticks');
  return { window: change.window, fastSumTicks, slowSumTicks, stance: before.stance };
}

function stanceOf(state: InstrumentState, { fastBars, slowBars, thresholdBps, allowShort }: MomentumParameters): number {
  if (state.window.closesTicks.length < slowBars) return state.stance;
  // fast − slow = (fastSum × slowBars − slowSum × fastBars) / (fastBars × slowBars)
  const slowScaled = BigInt(state.slowSumTicks) * BigInt(fastBars);
  const difference = BigInt(state.fastSumTicks) * BigInt(slowBars) - slowScaled;
  const distance = difference < 0n ? -difference : difference;
  if (difference === 0n || distance * BPS_PER_ONE < BigInt(thresholdBps) * slowScaled) return state.stance;
  return difference > 0n ? 1 : allowShort ? -1 : 0;
}

function describe(state: InstrumentState, { fastBars, slowBars }: MomentumParameters, instrument: Instrument): string {
  const fast = formatPrice(Math.round(state.fastSumTicks / fastBars), instrument);
  const slow = formatPrice(Math.round(state.slowSumTicks / slowBars), instrument);
  const direction = state.stance === 1 ? 'above' : 'below';
  return `average of ${fastBars} bars (${fast}) went ${direction} the average of ${slowBars} (${slow})`;
}
