/** The right to write, as one process holds it for one stretch of time. A term that has ended never comes back: the next one is another. */
export interface Term {
  /**
   * True while no other process can hold a term. By the clocks at the moment of the call: false after a stall or a suspended machine, before any
   * timer ran. Asked right before each write.
   */
  isValid(): boolean;
  /** Aborts when the term ends, whatever the reason. */
  readonly ended: AbortSignal;
}

/** For a process that has no rival. */
export function endlessTerm(): Term {
  return { isValid: () => true, ended: new AbortController().signal };
}
