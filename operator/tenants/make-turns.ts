/** Lets pieces of work of several tenants run one after the other. */

/** The result runs `work` after all work that came before it has ended, and rejects as `work` does. */
export function makeTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
