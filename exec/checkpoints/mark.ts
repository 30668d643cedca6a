/** The place in the stream up to which events are stored, for those who wait until everything of a moment is stored. */
import type { Envelope } from '@flotilla/contracts';

/** The last event of a portfolio up to a moment. */
export interface Mark {
  /** In EXECUTIONS. */
  readonly sequence: number;
  readonly eventId: string;
}

export interface Marks<Entry> {
  /** The entry, and all before it, are stored. */
  onStored(entry: Entry, sequence: number, event: Pick<Envelope, 'id'>): void;
  /** Resolves once `last`, the last entry that is not stored, is stored; at once without one. Undefined: nothing was ever stored. */
  mark(last: Entry | undefined): Promise<Mark | undefined>;
  /** Ends every wait. */
  reject(error: Error): void;
}

export function makeMarks<Entry>(): Marks<Entry> {
  let reached: Mark | undefined;
  const waiting: { readonly last: Entry; readonly wait: PromiseWithResolvers<Mark | undefined> }[] = [];
  return {
    onStored(entry, sequence, { id }) {
      // An answer that an earlier instance stored lies before the epoch.
      if (sequence > (reached?.sequence ?? 0)) reached = { sequence, eventId: id };
      while (waiting[0]?.last === entry) waiting.shift()?.wait.resolve(reached);
    },
    mark(last) {
      if (last === undefined) return Promise.resolve(reached);
      const wait: PromiseWithResolvers<Mark | undefined> = Promise.withResolvers();
      waiting.push({ last, wait });
      return wait.promise;
    },
    reject(error) {
      for (const { wait } of waiting.splice(0)) wait.reject(error);
    },
  };
}
