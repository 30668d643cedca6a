/** Folds signals through a strategy and keeps what it asked for; for tests of strategies. */
import type { Instrument, NormalizedSignal } from '@flotilla/contracts';
import type { Difficulty, Strategy, Target } from '../strategies/strategy.ts';

export interface StrategyRun<State> {
  readonly state: State;
  /** With the id of the signal that brought each. */
  readonly targets: readonly (Target & { readonly signalId: string })[];
  readonly difficulties: readonly Difficulty[];
}

/** @throws what the strategy throws. */
export function runStrategy<Parameters, State>(
  strategy: Strategy<Parameters, State>,
  parameters: Parameters,
  instrument: Instrument,
  signals: readonly NormalizedSignal[],
  from: State = strategy.initial(parameters, [instrument]),
): StrategyRun<State> {
  let state = from;
  const difficulties: Difficulty[] = [];
  const targets: (Target & { readonly signalId: string })[] = [];
  for (const signal of signals) {
    const step = strategy.onSignal(state, signal, { parameters, instrument });
    state = step.state;
    if (step.difficulty !== undefined) difficulties.push(step.difficulty);
    targets.push(...step.targets.map((target) => ({ ...target, signalId: signal.id })));
  }
  return { state, targets, difficulties };
}
