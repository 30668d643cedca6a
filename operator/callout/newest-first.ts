/**
 * Takes the newest request first, a bounded number at a time, and drops what has waited for too long.
 *
 * After a restart of the bus every client asks at once, and a client that got no answer in time asks again. Oldest first, a callout that is slower than
 * the flood would then answer requests alone whose clients have given up, and no client would ever enter. Newest first, each answer admits a client.
 */
import type { Clock } from '@flotilla/contracts/ports.ts';

export interface NewestFirstOptions {
  /** Requests that are worked on at once. */
  readonly atOnceMax: number;
  /** A request that has waited longer is dropped. */
  readonly waitMsMax: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

interface Waiting {
  readonly sinceMs: number;
  begin(): void;
  drop(): void;
}

/** The result runs `work` when its turn comes, and resolves to what `work` gives, or to undefined when the request is dropped. */
export function makeNewestFirst({
  atOnceMax,
  waitMsMax,
  clock,
}: NewestFirstOptions): <T>(work: () => Promise<T>) => Promise<T | undefined> {
  const waiting: Waiting[] = [];
  let running = 0;
  // Each request and each end of one calls this once, so one that begins is enough.
  const next = (): void => {
    const newest = running < atOnceMax ? waiting.pop() : undefined;
    if (newest === undefined) return;
    if (clock.monotonicMs() - newest.sinceMs <= waitMsMax) {
      newest.begin();
      return;
    }
    // All others have waited even longer.
    for (const old of [newest, ...waiting.splice(0)]) old.drop();
  };
  return (work) =>
    new Promise((resolve, reject) => {
      waiting.push({
        sinceMs: clock.monotonicMs(),
        drop: () => resolve(undefined),
        begin() {
          running += 1;
          work()
            .then(resolve, reject)
            .finally(() => {
              running -= 1;
              next();
            });
        },
      });
      next();
    });
}
