/** Finds the name that a person meant by a misspelt one; for the parameters of agents, where readers accept names that they do not know. */

/** Letters inserted, removed or replaced at most, for two names to count as one name misspelt. Case does not count. */
export const MISSPELT_LETTERS_MAX = 2;

/** The first of `names` within {@link MISSPELT_LETTERS_MAX} letters of `name`; undefined when there is none. Names are short: bounded by 64 letters. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  if (name.length > 64) return undefined;
  return names.find((one) => lettersApart(name.toLowerCase(), one.toLowerCase()) <= MISSPELT_LETTERS_MAX);
}

/** Levenshtein distance, row by row. */
function lettersApart(left: string, right: string): number {
  let above = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [row, letter] of Array.from(left).entries()) {
    const current = [row + 1];
    for (const [column, other] of Array.from(right).entries()) {
      const replaced = (above[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    above = current;
  }
  return above.at(-1) ?? 0;
}
