/**
 * The KeyValue port on NATS KV's wire format, without a consumer: who may read a key needs no right to create anything.
 *
 * A watch hears the write itself by a core subscription, as a wake-up; the value is then read from the stream, which may store it a
 * moment later. It also looks again after each connection and once a second, so that a lost wake-up costs a second and nothing more.
 */
import { FlotillaError } from '@flotilla/contracts/errors.ts';
import type { KeyValue, KeyValueEntry, Subscription, WatchKeyOptions } from '@flotilla/contracts/ports.ts';
import { type BucketName, BUCKETS } from '@flotilla/contracts/streams.ts';
import type { NatsBus } from './bus/connect-bus.ts';

/** Looks after a wake-up until the new revision shows: milliseconds before each. */
const WAKE_DELAYS_MS = [0, 1, 1, 2, 4, 8, 16, 32, 64, 128] as const;
const POLL_MS = 1_000;
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

/** Every rejection is a FlotillaError of the bus. */
export function openBucket(bus: NatsBus, bucket: BucketName): KeyValue {
  const get = async (key: string): Promise<KeyValueEntry | undefined> => {
    const message = await bus.last(bucketStream(bucket), bucketSubject(bucket, key));
    if (message === undefined || message.headers[OPERATION_HEADER] !== undefined) return undefined;
    return { key, value: message.payload, revision: message.sequence };
  };
  return {
    get,
    async put(key, value) {
      const ack = await bus.publish(bucketSubject(bucket, key), value, { messageId: '' });
      return ack.sequence;
    },
    watch: (key, onEntry, options = {}) => watchKey(bus, bucketSubject(bucket, key), () => get(key), onEntry, options),
  };
}

/** Resolves after the first successful look, which may find nothing. */
function watchKey(
  bus: NatsBus,
  subject: string,
  get: () => Promise<KeyValueEntry | undefined>,
  onEntry: (entry: KeyValueEntry) => void,
  { onLook }: WatchKeyOptions,
): Promise<Subscription> {
  const { clock } = bus;
  const stopping = new AbortController();
  let revision = 0;
  let wakes = 0;
  let chasing = false;

  const guarded = (callback: () => void): boolean => bus.guard.run('watch', subject, callback);

  /** Not connected, or not provisioned yet: the next look makes it good. */
  const tolerateOutage = (error: unknown): void => {
    if (error instanceof FlotillaError || stopping.signal.aborted) return;
    guarded(() => {
      throw error;
    });
  };

  /** @returns true when something new was found. */
  const look = async (): Promise<boolean> => {
    const begunMs = clock.monotonicMs();
    const entry = await get();
    if (stopping.signal.aborted) return false;
    if (entry === undefined || entry.revision <= revision) {
      guarded(() => onLook?.(begunMs));
      return false;
    }
    // What the callback could not take is given again at the next look, and does not count as seen.
    if (!guarded(() => onEntry(entry))) return false;
    revision = entry.revision;
    guarded(() => onLook?.(begunMs));
    return true;
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
          if (first) resolve({ unsubscribe: stop });
          first = false;
        } catch (error) {
          tolerateOutage(error);
        }
        await clock.sleep(first ? 100 : POLL_MS, stopping.signal).catch(() => undefined);
      }
    };
    void poll();
  });
}
