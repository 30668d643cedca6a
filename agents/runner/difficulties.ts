/** Remembers, by instrument, which prices a strategy could not use and which position it could not open, for the status of the agent. Pure. */
import type { NormalizedSignal } from '@flotilla/contracts';
import type { Difficulty } from '../strategies/strategy.ts';

/** Prices in a row that cannot be used before the agent reports them: one bad tick is counted alone. */
export const UNUSABLE_PRICES_MIN = 3;

/** How a strategy fared with one signal. */
export interface SignalOutcome {
  readonly difficulty: Difficulty | undefined;
  /** False: the strategy passed over the signal, so the signal proves nothing. */
  readonly changed: boolean;
}

interface InstrumentDifficulties {
  /** Prices that could not be used since the last one that could. */
  readonly unusableCount: number;
  /** Message about the last of them. */
  readonly lastUnusable: string;
  /** Why the position that the strategy wants cannot be opened, and the kind of signal by which the strategy wants it. */
  readonly notSized?: { readonly kind: NormalizedSignal['kind']; readonly message: string };
}

/** By instrument, so bounded by the instruments of the strategy. */
export type Difficulties = Readonly<Record<string, InstrumentDifficulties>>;

const NONE: InstrumentDifficulties = { unusableCount: 0, lastUnusable: '' };

export function withDifficulty(
  before: Difficulties,
  { kind, instrument }: Pick<NormalizedSignal, 'kind' | 'instrument'>,
  { difficulty, changed }: SignalOutcome,
): Difficulties {
  const own = before[instrument] ?? NONE;
  switch (difficulty?.kind) {
    case 'PriceUnusable':
      return { ...before, [instrument]: { ...own, unusableCount: own.unusableCount + 1, lastUnusable: difficulty.message } };
    case 'PositionNotSized':
      return { ...before, [instrument]: { ...NONE, notSized: { kind, message: difficulty.message } } };
    default: {
      if (!changed || !(instrument in before)) return before;
      // A market price that an Alert strategy folds says nothing of the last alert.
      const stays = own.notSized !== undefined && own.notSized.kind !== kind;
      const { [instrument]: _own, ...others } = before;
      return stays ? { ...others, [instrument]: { ...own, ...NONE } } : others;
    }
  }
}
