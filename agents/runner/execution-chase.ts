/**
 * Reads EXECUTIONS on as soon as an own execution is heard of on the bus. For holdings-keeper.ts.
 *
 * The bus hands a write to subscribers a moment before the stream stores it, and also a write that the stream then refuses, such as one of a fenced
 * exec. So what is heard is a reason to read, and only what is read counts.
 */
import { type Clock, FlotillaError } from '@flotilla/contracts';

/** Milliseconds before each further read, until the execution that was heard of is stored. */
const CHASE_DELAYS_MS = [1, 1, 2, 4, 8, 16, 32, 64, 128] as const;
/** Bound on executions that were heard of and not read yet. The poll of the keeper covers those beyond it, and those beyond the last delay. */
const HEARD_MAX = 1_000;

export interface ExecutionChaseOptions {
  readonly clock: Clock;
  /** Reads what is new; resolves with true when something was. @throws FlotillaError of the bus. */
  readonly refresh: () => Promise<boolean>;
}

export interface ExecutionChase {
  /** An execution with this event id was heard of; undefined when its message names none. */
  heard(eventId: string | undefined, signal: AbortSignal): void;
  /** An execution was read. */
  read(eventId: string): void;
}

export function makeExecutionChase({ clock, refresh }: ExecutionChaseOptions): ExecutionChase {
  const heard = new Set<string>();
  let chasing = false;

  /** Ends by itself; an execution that is read while it runs begins the delays anew. */
  async function chase(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; heard.size > 0 && !signal.aborted; attempt += 1) {
      if (await refresh()) attempt = 0;
      const delayMs = CHASE_DELAYS_MS[attempt];
      if (delayMs === undefined) heard.clear();
      else if (heard.size > 0) await clock.sleep(delayMs, signal);
    }
  }

  return {
    heard(eventId, signal) {
      if (eventId === undefined || heard.size >= HEARD_MAX) return;
      heard.add(eventId);
      if (chasing) return;
      chasing = true;
      chase(signal)
        .catch((error: unknown) => {
          // The poll reports an operating error and tries again.
          heard.clear();
          if (!(error instanceof FlotillaError) && !signal.aborted) throw error;
        })
        .finally(() => {
          chasing = false;
        });
    },
    read: (eventId) => void heard.delete(eventId),
  };
}
