/** The output of `make mutants`: a line for each module, then the mutants that need a person. Pure. */
import type { AcceptedMutant } from './accepted.ts';
import { acceptedEntryOf, type PlacedMutant, type WrongEntry } from './accepted-entry.ts';

/** `named`: `accepted.ts` names an integration test that kills the mutant. `refuted`: `accepted.ts` is wrong, because a test kills the mutant. */
export type Verdict = 'unit' | 'integration' | 'named' | 'accepted' | 'survived' | 'refuted';

export interface Judged {
  readonly mutant: PlacedMutant;
  readonly verdict: Verdict;
}

export const HEADING = 'module                total  killed: unit  integration  accepted  survived   score';
const WIDTHS = [5, 12, 11, 8, 8] as const;

/** The score counts killed and accepted mutants. */
export function moduleReport(module: string, judged: readonly Judged[]): { readonly line: string; readonly scorePercent: number } {
  const count = (wanted: Verdict): number => judged.filter(({ verdict }) => verdict === wanted).length;
  const survived = count('survived');
  const cells = [judged.length, count('unit') + count('refuted'), count('integration') + count('named'), count('accepted'), survived];
  const scorePercent = judged.length === 0 ? 100 : (100 * (judged.length - survived)) / judged.length;
  const columns = cells.map((cell, at) => String(cell).padStart(WIDTHS[at] ?? 0)).join('  ');
  return { line: `${module.padEnd(20)}  ${columns}  ${scorePercent.toFixed(0).padStart(5)} %`, scorePercent };
}

/** Survivors, accepted mutants with their reasons or their count, and every entry of `accepted.ts` that is wrong. */
export function summary(
  judged: readonly Judged[],
  entries: readonly AcceptedMutant[],
  wrong: readonly WrongEntry[],
  { withReasons }: { readonly withReasons: boolean },
): string {
  const placesOf = (wanted: Verdict, describe: (mutant: PlacedMutant) => string = placeOf): readonly string[] =>
    judged
      .filter(({ verdict }) => verdict === wanted)
      .map(({ mutant }) => mutant)
      .toSorted((a, b) => (a.path === b.path ? a.start - b.start : a.path < b.path ? -1 : 1))
      .map((mutant) => `  ${describe(mutant)}`);
  const accepted = placesOf('accepted', (mutant) => `${placeOf(mutant)}\n    ${acceptedEntryOf(entries, mutant)?.reason ?? ''}`);
  return [
    ...titled('survived', placesOf('survived')),
    ...(withReasons ? titled('accepted as equivalent', accepted) : [`accepted as equivalent: ${accepted.length} (REASONS=1 prints why)`]),
    ...titled('not run: accepted.ts names the integration test that kills the mutant (INTEGRATION=1 runs the tests)', placesOf('named')),
    ...titled('listed in accepted.ts, and killed by a unit test', placesOf('refuted')),
    ...titled('entries of accepted.ts that do not stand for one mutant', wrong.map(describeWrong)),
  ].join('\n');
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}: ${lines.length}`, ...lines];
}

function placeOf({ path, line, change, code }: PlacedMutant): string {
  return `${path}:${line}: ${change}    in: ${code}`;
}

function describeWrong({ entry, count }: WrongEntry): string {
  return `  ${entry.path}: ${entry.change}    in: ${entry.code}    expected ${entry.count ?? 1}, found ${count}`;
}
