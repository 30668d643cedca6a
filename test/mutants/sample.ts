/** A sample that a seed decides: the same seed and list give the same members. Pure. */
import { createHash } from 'node:crypto';

/** `count` members of `list` in the order of the list; all of them when there are fewer. `nameOf` decides, so other members do not. */
export function sampleBySeed<T>(list: readonly T[], count: number, seed: number, nameOf: (one: T) => string): readonly T[] {
  const rank = (one: T): string =>
    createHash('sha256')
      .update(`${seed}\0${nameOf(one)}`)
      .digest('hex');
  const chosen = new Set(
    list
      .map((one) => ({ one, rank: rank(one) }))
      .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
      .slice(0, count)
      .map(({ one }) => one),
  );
  return list.filter((one) => chosen.has(one));
}
