/** Mutants that no test can kill because they behave like the source: where each stands, and why it is equivalent. */

export interface AcceptedMutant {
  readonly path: string;
  /** The source line, trimmed. */
  readonly code: string;
  /** As printed by `make mutants`. */
  readonly change: string;
  readonly reason: string;
}

export const ACCEPTED_MUTANTS: readonly AcceptedMutant[] = [];
