/** Choices that a seed repeats. */
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';

export interface RandomSource {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [0, below). */
  below(below: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

export function makeRandomSource(seed: number): RandomSource {
  const next = makeSequence(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined && items.length === 0) throw new Error('expected something to pick from');
      return item as (typeof items)[number];
    },
  };
}
