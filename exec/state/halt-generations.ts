/** The generations of halt records that exec remembers over a restart. */

/** Highest generations that any exec of the portfolio has read; EXECUTIONS keeps them. */
export interface HaltGenerations {
  /** Of any record; undefined before the first. */
  readonly highest: number | undefined;
  /** Of a record that engages; undefined when none was read. */
  readonly highestEngaged: number | undefined;
}

export const NO_GENERATIONS: HaltGenerations = { highest: undefined, highestEngaged: undefined };
