/** The side that a strategy holds and the side that it wants, for strategies that turn between long, flat and short. */
import type { SizedPosition } from './position-size.ts';
import type { Difficulty } from './strategy.ts';

export interface Stance {
  /** The last target: -1 short, 0 flat, 1 long. */
  readonly stance: number;
  /** The side that the strategy wants. Another than `stance` while a position of its size is not possible; absent from states of older builds: the same. */
  readonly wished?: number;
}

export interface Turn {
  readonly stance: Stance;
  /** Signed; undefined when the strategy wants nothing else than before. */
  readonly targetLots: number | undefined;
  /** Why the wanted position cannot be opened. */
  readonly difficulty: Difficulty | undefined;
}

/**
 * Turns to the wanted side. Without a possible size the strategy closes what it holds and opens nothing, and tries again with the next signal: the
 * close of a reversal never depends on the size of its opening.
 *
 * @param size called for an opening alone, since a close needs no size
 */
export function turnTo(wished: number, before: Stance, size: () => SizedPosition): Turn {
  const wishedBefore = before.wished ?? before.stance;
  const sized = wished === 0 || wished === before.stance ? undefined : size();
  const stance = sized?.ok === false ? 0 : wished;
  // The first time that the wanted position has no size, the strategy says so with a target of 0: the last revision may have left a position.
  const isNew = stance !== before.stance || (sized?.ok === false && wished !== wishedBefore);
  return {
    stance: { stance, wished },
    targetLots: isNew ? (sized?.ok === true ? wished * sized.lots : 0) : undefined,
    difficulty: sized?.ok === false ? { kind: 'PositionNotSized', message: sized.problem } : undefined,
  };
}
