/** The one loop of work that is done again and again: a wake ends the present round, and the next round begins at once. */

export interface Repetition {
  /** Begins the next round now. A wait of the present round ends; a call that is under way ends by itself. */
  wake(reason: string): void;
  /** Ends the present round and begins no other. Resolves when the round has ended. */
  stop(): Promise<void>;
}

/**
 * Does `round` again and again. `round` waits by itself for its repeat, and `signal` ends its waits.
 *
 * The loop ignores the error of a round that was woken or stopped. Any other error becomes an unhandled rejection, which ends the process.
 */
export function repeatUntilStopped(round: (signal: AbortSignal) => Promise<void>): Repetition {
  const stopping = new AbortController();
  let waking = new AbortController();

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      const signal = AbortSignal.any([stopping.signal, waking.signal]);
      try {
        await round(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  };
  const running = run();

  return {
    wake: (reason) => waking.abort(new Error(reason)),
    async stop() {
      stopping.abort(new Error('stopped'));
      await running;
    },
  };
}
