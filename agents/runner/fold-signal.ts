/** Folds one signal into what an agent wants: the state of its strategy, its open targets and its standing targets. Pure. */
import type { NormalizedSignal } from '@flotilla/contracts';
import type { BoundStrategy } from './bound-strategy.ts';
import type { SignalOutcome } from './difficulties.ts';
import { type OpenTarget, type OpenTargets, referTo, type SignalOrigin } from './open-target.ts';
import { askForExit, type StandingTarget, type StandingTargets } from './standing-target.ts';

/** State of the strategy and its targets. */
export interface Wishes {
  readonly state: unknown;
  readonly open: OpenTargets;
  readonly standing: StandingTargets;
}

export interface FoldedSignal extends SignalOutcome {
  readonly wishes: Wishes;
}

/**
 * `answeredThrough` has the newest signal, by instrument, that an order was published about: targets up to it are done with.
 *
 * @throws FlotillaError of class `terminal` for a signal that makes no sense to the strategy.
 */
export function foldSignal(
  bound: BoundStrategy,
  wishes: Wishes,
  signal: NormalizedSignal,
  origin: SignalOrigin,
  answeredThrough: ReadonlyMap<string, number>,
): FoldedSignal {
  const { state, targets, difficulty } = bound.onSignal(wishes.state, signal);
  const open: Record<string, OpenTarget> = { ...wishes.open };
  const standing: Record<string, StandingTarget> = { ...wishes.standing };
  const isAnswered = (instrument: string) => origin.sequence <= (answeredThrough.get(instrument) ?? 0);
  const own = targets.filter((target) => bound.instruments.has(target.instrument));
  for (const target of own) {
    standing[target.instrument] = target;
    if (isAnswered(target.instrument)) continue;
    open[target.instrument] = { ...target, ...referTo(signal, origin, targets.indexOf(target), bound.orderTtlMs) };
  }
  const { instrument } = signal;
  const before = wishes.standing[instrument];
  if (before !== undefined && !own.some((target) => target.instrument === instrument)) {
    const waits = instrument in open || isAnswered(instrument);
    standing[instrument] = askForExit(before, signal, bound, waits ? undefined : referTo(signal, origin, targets.length, bound.orderTtlMs));
  }
  return { wishes: { state, open, standing }, difficulty, changed: state !== wishes.state || targets.length > 0 };
}
