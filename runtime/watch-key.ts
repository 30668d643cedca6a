/**
 * Watches one key of a bucket without a consumer, for `key-value.ts`.
 *
 * A wake-up comes when the stream has stored a write (ADR 0067). The value is then read from the stream, where a replica may have it a moment
 * later than the leader. The watch also looks after each connection and once a second, so that a lost wake-up costs a second at most.
 */
import { pushSubject } from '@flotilla/contracts/access/core-account.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { KeyValueEntry, KeyWatch, WatchKeyOptions } from '@flotilla/contracts/ports.ts';
import type { NatsBus } from './bus/connect-bus.ts';

/** Delays before the looks that follow a wake-up, until the new revision shows. */
const WAKE_DELAYS_MS = [0, 1, 1, 2, 4, 8, 16, 32, 64, 128] as const;
const POLL_MS = 1_000;
/** Between two looks, until one succeeds for the first time. */
const FIRST_POLL_MS = 100;

type WatchBus = Pick<NatsBus, 'clock' | 'guard' | 'subscribe' | 'onConnect'>;

export interface WatchedKey extends WatchKeyOptions {
  readonly subject: string;
  readonly get: () => Promise<KeyValueEntry | undefined>;
  readonly isNewer: (found: number, before: number) => boolean;
  readonly onEntry: (entry: KeyValueEntry) => void;
}

/** Resolves after the first successful look, which may find no entry. */
export function watchKey(bus: WatchBus, key: WatchedKey): Promise<KeyWatch> {
  return new Watcher(bus, key).begin();
}

class Watcher {
  readonly #bus: WatchBus;
  readonly #key: WatchedKey;
  readonly #stopping = new AbortController();
  readonly #firstLook = Promise.withResolvers<KeyWatch>();
  #revision = 0;
  #wakes = 0;
  #chasing = false;
  #looking: Promise<boolean> | undefined;
  #removeListeners = (): void => undefined;

  constructor(bus: WatchBus, key: WatchedKey) {
    this.#bus = bus;
    this.#key = key;
  }

  begin(): Promise<KeyWatch> {
    const subscription = this.#bus.subscribe(pushSubject(this.#key.subject), () => this.#wake());
    const connection = this.#bus.onConnect(() => this.#wake());
    this.#removeListeners = () => {
      subscription.unsubscribe();
      connection.unsubscribe();
    };
    void this.#poll();
    return this.#firstLook.promise;
  }

  async #poll(): Promise<void> {
    const { pollMs = POLL_MS } = this.#key;
    const watch: KeyWatch = {
      unsubscribe: () => this.#stop(),
      look: async () => void (await (this.#looking ?? this.#lookNext())),
    };
    let hasLooked = false;
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#lookNext();
        hasLooked = true;
        this.#firstLook.resolve(watch);
      } catch (error) {
        this.#tolerateOutage(error);
      }
      await this.#bus.clock.sleep(hasLooked ? pollMs : FIRST_POLL_MS, this.#stopping.signal).catch(() => undefined);
    }
  }

  #stop(): void {
    this.#stopping.abort();
    this.#removeListeners();
  }

  #wake(): void {
    this.#wakes += 1;
    if (this.#chasing) return;
    this.#chasing = true;
    void this.#chase()
      .catch((error: unknown) => this.#tolerateOutage(error))
      .finally(() => {
        this.#chasing = false;
      });
  }

  /** Looks until the write that woke the watch shows, and once more for each wake-up in between. */
  async #chase(): Promise<void> {
    const { signal } = this.#stopping;
    let handled = -1;
    while (handled !== this.#wakes && !signal.aborted) {
      handled = this.#wakes;
      for (const delayMs of WAKE_DELAYS_MS) {
        if (delayMs > 0) await this.#bus.clock.sleep(delayMs, signal);
        if (await this.#lookNext()) break;
      }
    }
  }

  /** A look that begins after this call. One look runs at a time, so that no older answer follows a newer one. */
  #lookNext(): Promise<boolean> {
    const next = (this.#looking ?? Promise.resolve(false))
      .catch(() => false)
      .then(() => this.#lookOnce())
      .finally(() => {
        if (this.#looking === next) this.#looking = undefined;
      });
    this.#looking = next;
    return next;
  }

  /** @returns true when a newer entry was found and the callback took it */
  async #lookOnce(): Promise<boolean> {
    const { get, isNewer, onEntry, onLook } = this.#key;
    const begunMs = this.#bus.clock.monotonicMs();
    const entry = await get();
    if (this.#stopping.signal.aborted) return false;
    if (entry === undefined || !isNewer(entry.revision, this.#revision)) {
      this.#guarded(() => onLook?.(begunMs, entry));
      return false;
    }
    // An entry that the callback could not take does not count as seen: the next look gives it again.
    if (!this.#guarded(() => onEntry(entry))) return false;
    this.#revision = entry.revision;
    this.#guarded(() => onLook?.(begunMs, entry));
    return true;
  }

  /** While NATS is away or the bucket does not exist yet, looks fail; a later look succeeds. Any other error is a bug. */
  #tolerateOutage(error: unknown): void {
    if (error instanceof FlotillaError || this.#stopping.signal.aborted) return;
    this.#guarded(() => {
      throw error;
    });
  }

  #guarded(callback: () => void): boolean {
    return this.#bus.guard.run('watch', this.#key.subject, callback);
  }
}
