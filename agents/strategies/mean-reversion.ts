/**
 * Mean reversion: buys far below the rolling mean of closes (sells far above it), and closes near the mean.
 *
 * z = (close − mean) / σ over the last `windowBars` closes, the newest included; σ is the population's. With n closes, sum S and sum of squares Q:
 * z = (n·x − S) / √(n·Q − S²), so z ≥ k exactly when n·x ≥ S and (n·x − S)² ≥ k²·(n·Q − S²): whole numbers only, no root, no division.
 * Thresholds count in millionths of a deviation. Reacts to bars alone.
 */
import type { MeanReversionParameters } from '@flotilla/contracts/resources/agent-parameters.ts';
import type { Bar } from '@flotilla/contracts';
import { EMPTY_WINDOW, leavingTicks, pushBar, type BarWindow, type WindowChange } from './bar-window.ts';
import { readClose } from './close-price.ts';
import { sizePosition } from './position-size.ts';
import { turnTo, type Stance } from './stance.ts';
import { readInteger, storeInteger, type StoredInteger } from './stored-integer.ts';
import type { Strategy } from './strategy.ts';

const MILLIONTHS = 1_000_000;

interface InstrumentState extends Stance {
  readonly window: BarWindow;
  readonly sumTicks: StoredInteger;
  /** A bigint as text: squares of ticks leave the safe integers. */
  readonly sumOfSquares: string;
}

export type MeanReversionState = Readonly<Record<string, InstrumentState>>;

const EMPTY: InstrumentState = { window: EMPTY_WINDOW, sumTicks: 0, sumOfSquares: '0', stance: 0 };

export const meanReversion: Strategy<MeanReversionParameters, MeanReversionState> = {
  initial(_parameters, instruments) {
    return Object.fromEntries(instruments.map((instrument) => [instrument.symbol, EMPTY]));
  },

  onSignal(state, signal, { parameters, instrument }) {
    if (signal.kind !== 'bar') return { state, targets: [] };
    const close = readClose(signal, instrument);
    if (!close.usable) return { state, targets: [], difficulty: close.difficulty };
    const before = state[instrument.symbol] ?? EMPTY;
    const change = pushBar(before.window, signal, close.ticks, parameters.windowBars);
    if (change === undefined) return { state, targets: [] };

    const rolled = roll(before, change, parameters.windowBars);
    const full = rolled.window.closesTicks.length === parameters.windowBars;
    const score = makeScore(rolled, close.ticks);
    const wished = full ? wishOf(before.stance, score, parameters) : before.stance;
    const { stance, targetLots, difficulty } = turnTo(wished, before, () => sizePosition(parameters, close.ticks, instrument));
    const target = { instrument: instrument.symbol, timeInForce: 'IOC', reason: describe(score, signal, parameters) } as const;
    return {
      state: { ...state, [instrument.symbol]: { ...rolled, ...stance } },
      targets: targetLots === undefined ? [] : [{ ...target, targetLots }],
      difficulty,
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
  const leaves = leavingTicks(left.window, windowBars);
  const sumTicks = readInteger(left.sumTicks) + change.enteredTicks - leaves;
  const sumOfSquares = BigInt(left.sumOfSquares) + change.enteredTicks ** 2n - leaves ** 2n;
  return { ...before, window: change.window, sumTicks: storeInteger(sumTicks), sumOfSquares: sumOfSquares.toString() };
}

function makeScore({ window, sumTicks, sumOfSquares }: InstrumentState, closeTicks: bigint): Score {
  const count = BigInt(window.closesTicks.length);
  const sum = readInteger(sumTicks);
  return { distance: count * closeTicks - sum, variance: count * BigInt(sumOfSquares) - sum ** 2n };
}

/** The side that the strategy wants, when its last target was `stance`. */
function wishOf(stance: number, score: Score, { entryZScore, exitZScore, allowShort }: MeanReversionParameters): number {
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
