/** JSON records of a bucket that are replaced by compare-and-set, so that a writer who read an older one changes nothing. */
import { canonicalJson } from '@flotilla/contracts/canonical-json.ts';
import { FlotillaError } from '@flotilla/contracts/errors.ts';
import type { BucketName } from '@flotilla/contracts/streams.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { bucketStream, bucketSubject } from '@flotilla/runtime/key-value.ts';
import { fencedBus } from './fenced-bus.ts';

/** NATS KV marks a deleted key by this header. */
const OPERATION_HEADER = 'KV-Operation';

export interface Records {
  /** Undefined when there is none, or `parse` makes nothing of it. */
  read<T extends object>(key: string, parse: (bytes: Uint8Array) => T | undefined): Promise<T | undefined>;
  /**
   * `replaces`: the very object that `read` gave; undefined for a record that is not there, or cannot be read.
   *
   * @throws FlotillaError `RECORD_CHANGED` when something else stands there.
   */
  replace(key: string, record: object, replaces: object | undefined): Promise<void>;
  remove(key: string): Promise<void>;
}

export function openRecords(bus: NatsBus, bucket: BucketName, fence: () => void): Records {
  const fenced = fencedBus(bus, fence);
  /** Which revision each object that was handed out had. */
  const revisions = new WeakMap<object, number>();
  /** The revision of what was not there or could not be read, when it was looked at last. */
  const unreadable = new Map<string, number>();
  const last = (key: string): ReturnType<NatsBus['last']> => bus.last(bucketStream(bucket), bucketSubject(bucket, key));

  const write = async (
    key: string,
    payload: Uint8Array,
    sequence: number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    const subject = bucketSubject(bucket, key);
    try {
      await fenced.publish(subject, payload, { messageId: '', headers, expectedLastSubjectSequence: { subject, sequence } });
    } catch (cause) {
      if (!(cause instanceof FlotillaError && cause.code === 'FENCED')) throw cause;
      throw new FlotillaError('RECORD_CHANGED', `expected ${key} to be at revision ${sequence}, found another; read it again`, { cause });
    }
  };

  return {
    async read(key, parse) {
      const message = await last(key);
      const value = message === undefined || message.headers[OPERATION_HEADER] !== undefined ? undefined : parse(message.payload);
      if (value === undefined) unreadable.set(key, message?.sequence ?? 0);
      else revisions.set(value, message?.sequence ?? 0);
      return value;
    },
    async replace(key, record, replaces) {
      const revision = replaces === undefined ? unreadable.get(key) : revisions.get(replaces);
      if (revision === undefined) throw new TypeError(`${key} was not read before it is replaced`);
      await write(key, Buffer.from(canonicalJson(record)), revision);
    },
    async remove(key) {
      const message = await last(key);
      if (message === undefined || message.headers[OPERATION_HEADER] !== undefined) return;
      await write(key, new Uint8Array(), message.sequence, { [OPERATION_HEADER]: 'DEL' });
    },
  };
}
