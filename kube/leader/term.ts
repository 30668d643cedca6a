/** The right of one process to write for a limited time. A term that has ended never becomes valid again: the next term is a new object. */
export interface Term {
  /**
   * True while no other process can hold a term. Reads the clocks at each call, so it is false right after a stall or a suspension of the machine,
   * before any timer has run. Called right before each write.
   */
  isValid(): boolean;
  /** Aborts when the term ends, for any reason. */
  readonly ended: AbortSignal;
}

/** A term that never ends, for a process that runs alone. */
export function endlessTerm(): Term {
  return { isValid: () => true, ended: new AbortController().signal };
}
