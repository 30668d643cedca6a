/** Which entry of `accepted.ts` stands for a mutant, and which entries stand for none. Pure. */
import type { MutantPlace } from './accepted.ts';
import type { Mutant } from './make-mutants.ts';

export interface PlacedMutant extends Mutant {
  readonly path: string;
}

export interface WrongEntry {
  readonly entry: MutantPlace;
  /** Mutants that the entry fits: none, or several, of which it cannot say which one it means. */
  readonly count: number;
}

export function acceptedEntryOf<Entry extends MutantPlace>(entries: readonly Entry[], mutant: PlacedMutant): Entry | undefined {
  return entries.find((entry) => fits(entry, mutant));
}

/** Entries that do not fit exactly one mutant among `mutants`, which must be those of all modules. */
export function wrongEntries(entries: readonly MutantPlace[], mutants: readonly PlacedMutant[]): readonly WrongEntry[] {
  return entries
    .map((entry) => ({ entry, count: mutants.filter((mutant) => fits(entry, mutant)).length }))
    .filter(({ entry, count }) => count !== (entry.count ?? 1));
}

function fits(entry: MutantPlace, { path, code, change }: PlacedMutant): boolean {
  return entry.path === path && entry.code === code && entry.change === change;
}
