/**
 * The KeyValue port on NATS KV's wire format, without a consumer: who may read a key needs no right to create anything.
 *
 * A watch hears the write itself by a core subscription, as a wake-up; the value is then read from the stream, which may store it a
 * moment later. It also looks again after each connection and once a second, so that a lost wake-up costs a second and nothing more.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { KeyValue, KeyValueEntry, KeyWatch, ServedBy, WatchKeyOptions } from '@flotilla/contracts/ports.ts';
import { type BucketName, BUCKETS } from '@flotilla/contracts/bus/streams.ts';
import type { NatsBus } from './bus/connect-bus.ts';

/** Looks after a wake-up until the new revision shows: milliseconds before each. */
const WAKE_DELAYS_MS = [0, 1, 1, 2, 4, 8, 16, 32, 64, 128] as const;
const POLL_MS = 1_000;
/** Until the first look succeeded. */
const FIRST_POLL_MS = 100;
/** NATS KV marks a deleted key by this header. */
const OPERATION_HEADER = 'KV-Operation';

/** The stream behind a bucket. */
export function bucketStream(bucket: BucketName): string {
  return `KV_${BUCKETS[bucket].name}`;
}

/** The subject of a key, or of all with `>`. */
export function bucketSubject(bucket: BucketName, key: string): string {
  return `$KV.${BUCKETS[bucket].name}.${key}`;
}

/**
 * Every rejection is a FlotillaError of the bus. `servedBy: 'LEADER'` reads from the leader of the bucket's stream: no look of a watch then
 * gives an older value than the look before it, and a lower revision means that the bucket was created again or restored.
 */
export function openBucket(bus: NatsBus, bucket: BucketName, { servedBy = 'ANY' }: { readonly servedBy?: ServedBy } = {}): KeyValue {
  const get = async (key: string): Promise<KeyValueEntry | undefined> => {
    const message = await bus.last(bucketStream(bucket), bucketSubject(bucket, key), servedBy);
    if (message === undefined || message.headers[OPERATION_HEADER] !== undefined) return undefined;
    return { key, value: message.payload, revision: message.sequence, storedAtMs: message.storedAtMs };
  };
  return {
    get,
    async put(key, value) {
      const ack = await bus.publish(bucketSubject(bucket, key), value, { messageId: '' });
      return ack.sequence;
    },
    watch: (key, onEntry, options = {}) =>
      watchKey(bus, { subject: bucketSubject(bucket, key), get: () => get(key), isNewer: NEWER[servedBy] }, onEntry, options),
  };
}

/** Whether the revision found last replaces the one before. From a copy that lags an older one may come, which says nothing. */
const NEWER: Readonly<Record<ServedBy, (found: number, before: number) => boolean>> = {
  ANY: (found, before) => found > before,
  LEADER: (found, before) => found !== before,
};

interface WatchedKey {
  readonly subject: string;
  readonly get: () => Promise<KeyValueEntry | undefined>;
  readonly isNewer: (found: number, before: number) => boolean;
}

/** Resolves after the first successful look, which may find nothing. */
function watchKey(
  bus: NatsBus,
  { subject, get, isNewer }: WatchedKey,
  onEntry: (entry: KeyValueEntry) => void,
  { onLook, pollMs = POLL_MS }: WatchKeyOptions,
): Promise<KeyWatch> {
  const { clock } = bus;
  const stopping = new AbortController();
  let revision = 0;
  let wakes = 0;
  let chasing = false;
  let looking: Promise<boolean> | undefined;

  const guarded = (callback: () => void): boolean => bus.guard.run('watch', subject, callback);

  /** Not connected, or not provisioned yet: the next look makes it good. */
  const tolerateOutage = (error: unknown): void => {
    if (error instanceof FlotillaError || stopping.signal.aborted) return;
    guarded(() => {
      throw error;
    });
  };

  /** @returns true when something new was found. */
  const lookOnce = async (): Promise<boolean> => {
    const begunMs = clock.monotonicMs();
    const entry = await get();
    if (stopping.signal.aborted) return false;
    if (entry === undefined || !isNewer(entry.revision, revision)) {
      guarded(() => onLook?.(begunMs, entry));
      return false;
    }
    // What the callback could not take is given again at the next look, and does not count as seen.
    if (!guarded(() => onEntry(entry))) return false;
    revision = entry.revision;
    guarded(() => onLook?.(begunMs, entry));
    return true;
  };

  /** A look that begins after this call; one at a time, so that no older answer comes behind a newer one. */
  const look = (): Promise<boolean> => {
    const next = (looking ?? Promise.resolve(false))
      .catch(() => false)
      .then(lookOnce)
      .finally(() => {
        if (looking === next) looking = undefined;
      });
    looking = next;
    return next;
  };

  const chase = async () => {
    if (chasing) return;
    chasing = true;
    let handled = -1;
    while (handled !== wakes && !stopping.signal.aborted) {
      handled = wakes;
      for (const delayMs of WAKE_DELAYS_MS) {
        if (delayMs > 0) await clock.sleep(delayMs, stopping.signal);
        if (await look()) break;
      }
    }
  };
  const wake = () => {
    wakes += 1;
    void chase()
      .catch(tolerateOutage)
      .finally(() => {
        chasing = false;
      });
  };

  const subscription = bus.subscribe(subject, wake);
  const connection = bus.onConnect(wake);
  const stop = () => {
    stopping.abort();
    subscription.unsubscribe();
    connection.unsubscribe();
  };

  return new Promise((resolve) => {
    const poll = async () => {
      let first = true;
      while (!stopping.signal.aborted) {
        try {
          await look();
          if (first) resolve({ unsubscribe: stop, look: async () => void (await (looking ?? look())) });
          first = false;
        } catch (error) {
          tolerateOutage(error);
        }
        await clock.sleep(first ? FIRST_POLL_MS : pollMs, stopping.signal).catch(() => undefined);
      }
    };
    void poll();
  });
}
