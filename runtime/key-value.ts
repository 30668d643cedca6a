/** The KeyValue port on NATS KV's wire format, without a consumer: a service that may read a key needs no right to create anything. */
import type { KeyValue, KeyValueEntry, ServedBy } from '@flotilla/contracts/ports.ts';
import { type BucketName, BUCKETS } from '@flotilla/contracts/bus/buckets.ts';
import type { NatsBus } from './bus/connect-bus.ts';
import { watchKey } from './watch-key.ts';

/** NATS KV marks a deleted key by this header. */
const OPERATION_HEADER = 'KV-Operation';

/** The stream behind a bucket. */
export function bucketStream(bucket: BucketName): string {
  return `KV_${BUCKETS[bucket].name}`;
}

/** The subject of a key; of all keys with `>`. */
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
    async lastRevision(key) {
      return (await bus.last(bucketStream(bucket), bucketSubject(bucket, key), servedBy))?.sequence ?? 0;
    },
    async put(key, value, lastRevision) {
      const subject = bucketSubject(bucket, key);
      const expected = lastRevision === undefined ? {} : { expectedLastSubjectSequence: { subject, sequence: lastRevision } };
      const ack = await bus.publish(subject, value, { messageId: '', ...expected });
      return ack.sequence;
    },
    watch: (key, onEntry, options = {}) =>
      watchKey(bus, { subject: bucketSubject(bucket, key), get: () => get(key), isNewer: NEWER[servedBy], onEntry, ...options }),
  };
}

/** Whether the revision that was found replaces the one before. A copy that lags may give an older revision, which says nothing. */
const NEWER: Readonly<Record<ServedBy, (found: number, before: number) => boolean>> = {
  ANY: (found, before) => found > before,
  LEADER: (found, before) => found !== before,
};
