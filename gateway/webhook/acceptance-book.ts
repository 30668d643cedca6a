/**
 * Notes in the store which requests the bus has taken, a moment later and many at a time: the store syncs each write to the same disk that
 * the accepted signal's next hops need, so a write right away would slow exactly the signal that it is about.
 *
 * Until an acceptance is in the store this process knows it. Another one would take a copy for a retry, and the bus would drop it.
 */
import type { Clock, Store } from '@flotilla/contracts';

export interface Acceptance {
  readonly key: string;
  readonly ttlMs: number;
}

export interface AcceptanceBook {
  note(acceptance: Acceptance): void;
  /** True when the key was noted, here or in the store. @throws FlotillaError `STORE_UNAVAILABLE`, `CIRCUIT_OPEN`. */
  has(key: string): Promise<boolean>;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

const DELAY_MS = 100;
/** With more than this waiting they are written at once. */
const WAITING_MAX = 1_000;

export function makeAcceptanceBook(store: Store, clock: Clock, onLost: (error: unknown) => void): AcceptanceBook {
  const waiting = new Map<string, Acceptance>();
  let cancel: (() => void) | undefined;

  async function write(acceptance: Acceptance): Promise<void> {
    try {
      await store.setIfAbsent(acceptance.key, '1', acceptance.ttlMs);
    } catch (error) {
      onLost(error);
    }
    waiting.delete(acceptance.key);
  }

  async function writeAll(): Promise<void> {
    cancel?.();
    cancel = undefined;
    await Promise.all([...waiting.values()].map(write));
  }

  return {
    note(acceptance) {
      waiting.set(acceptance.key, acceptance);
      if (waiting.size >= WAITING_MAX) void writeAll();
      else cancel ??= clock.after(DELAY_MS, () => void writeAll());
    },
    has: async (key) => waiting.has(key) || (await store.get(key)) !== undefined,
    close: writeAll,
  };
}
