/**
 * Mean reversion: buys far below the rolling mean of closes (sells far above it), and closes near the mean.
 *
 * z = (close − mean) / σ over the last `windowBars` closes, the newest included; σ is the population's. With n closes, sum S and sum of squares Q:
 * z = (n·x − S) / √(n·Q − S²), so z ≥ k exactly when n·x ≥ S and (n·x − S)² ≥ k²·(n·Q − S²): whole numbers only, no root, no division.
 * Thresholds count in millionths of a deviation. Reacts to bars alone.
 */
import type { MeanReversionParameters } from '@flotilla/contracts/resources/agent-parameters.ts';
import { assert, type Bar } from '@flotilla/contracts';
import { EMPTY_WINDOW, pushBar, type BarWindow, type WindowChange } from './bar-window.ts';
import { positionLots } from './position-size.ts';
import type { Strategy } from './strategy.ts';

const MILLIONTHS = 1_000_000;

interface InstrumentState {
  readonly window: BarWindow;
  readonly sumTicks: number;
  /** A bigint as text: squares of ticks leave the safe integers. */
  readonly sumOfSquares: string;
  /** The last target: -1 short, 0 flat, 1 long. */
  readonly stance: number;
}

export type MeanReversionState = Readonly<Record<string, InstrumentState>>;

const EMPTY: InstrumentState = { window: EMPTY_WINDOW, sumTicks: 0, sumOfSquares: '0', stance: 0 };

export const meanReversion: Strategy<MeanReversionParameters, MeanReversionState> = {
  initial(_parameters, instruments) {
    return Object.fromEntries(instruments.map((instrument) => [instrument.symbol, EMPTY]));
  },

  onSignal(state, signal, { parameters, instrument }) {
    if (signal.kind !== 'bar') return { state, targets: [] };
    const before = state[instrument.symbol] ?? EMPTY;
    const change = pushBar(before.window, signal, parameters.windowBars, instrument);
    if (change === undefined) return { state, targets: [] };

    const rolled = roll(before, change, parameters.windowBars);
    const full = rolled.window.closesTicks.length === parameters.windowBars;
    const score = makeScore(rolled, change.enteredTicks);
    const stance = full ? stanceOf(before.stance, score, parameters) : before.stance;
    const lots = stance === before.stance ? 0 : positionLots(parameters, signal.close, instrument);
    const changed = stance !== before.stance && (stance === 0 || lots > 0);
    return {
      state: { ...state, [instrument.symbol]: { ...rolled, stance: changed ? stance : before.stance } },
      targets: changed
        ? [
            {
              instrument: instrument.symbol,
              targetLots: stance === 0 ? 0 : stance * lots,
              timeInForce: 'IOC',
              reason: describe(score, signal, parameters),
            },
          ]
        : [],
    };
  },
};

/** √variance and distance of the newest close from the mean, both times n. */
interface Score {
  readonly distance: bigint;
  readonly variance: bigint;
}

function roll(before: InstrumentState, change: WindowChange, windowBars: number): InstrumentState {
  const left = change.restarted ? EMPTY : before;
  const leaves = left.window.closesTicks.length === windowBars ? (left.window.closesTicks[0] ?? 0) : 0;
  const sumTicks = left.sumTicks + change.enteredTicks - leaves;
  assert(Number.isSafeInteger(sumTicks), 'the sum of the window is a safe integer of ticks');
  const sumOfSquares = BigInt(left.sumOfSquares) + BigInt(change.enteredTicks) ** 2n - BigInt(leaves) ** 2n;
  return { window: change.window, sumTicks, sumOfSquares: sumOfSquares.toString(), stance: before.stance };
}

function makeScore({ window, sumTicks, sumOfSquares }: InstrumentState, closeTicks: number): Score {
  const count = BigInt(window.closesTicks.length);
  const sum = BigInt(sumTicks);
  return { distance: count * BigInt(closeTicks) - sum, variance: count * BigInt(sumOfSquares) - sum ** 2n };
}

function stanceOf(stance: number, score: Score, { entryZScore, exitZScore, allowShort }: MeanReversionParameters): number {
  const isEntry = compareDeviations(score, entryZScore) >= 0;
  if (isEntry && score.distance < 0n) return 1;
  if (isEntry && score.distance > 0n && allowShort) return -1;
  const isBack = compareDeviations(score, exitZScore) <= 0 || Math.sign(Number(score.distance)) === stance;
  return isBack ? 0 : stance;
}

/** Negative, zero or positive as |z| is below, at or above `deviations`. Closes that are all the same have no deviation: z is 0. */
function compareDeviations({ distance, variance }: Score, deviations: number): number {
  if (variance === 0n) return deviations === 0 ? 0 : -1;
  const found = distance ** 2n * BigInt(MILLIONTHS) ** 2n;
  const wanted = BigInt(Math.round(deviations * MILLIONTHS)) ** 2n * variance;
  return found < wanted ? -1 : found > wanted ? 1 : 0;
}

function describe({ distance, variance }: Score, bar: Bar, { windowBars }: MeanReversionParameters): string {
  // For reading only; the decision was made on whole numbers.
  const z = variance === 0n ? 0 : Number(distance) / Math.sqrt(Number(variance));
  return `close ${bar.close} is ${z.toFixed(2)} deviations from the mean of ${windowBars} bars`;
}
