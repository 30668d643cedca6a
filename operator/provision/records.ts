/** JSON records of a bucket, replaced by compare-and-set: the write of a process that read an older record is refused. */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { BucketName } from '@flotilla/contracts/bus/buckets.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { bucketStream, bucketSubject } from '@flotilla/runtime/key-value.ts';
import { fencedBus } from './fenced-bus.ts';

/** NATS KV marks a deleted key by this header. */
const OPERATION_HEADER = 'KV-Operation';

export interface Records {
  /** Undefined when there is no record, or when `parse` cannot read it. */
  read<T extends object>(key: string, parse: (bytes: Uint8Array) => T | undefined): Promise<T | undefined>;
  /** The same, for a caller that will not replace the record. */
  peek<T extends object>(key: string, parse: (bytes: Uint8Array) => T | undefined): Promise<T | undefined>;
  /**
   * `replaces`: the same object that `read` gave; undefined for a record that is missing or unreadable.
   *
   * @throws FlotillaError `RECORD_CHANGED` when the record has changed since.
   */
  replace(key: string, record: object, replaces: object | undefined): Promise<void>;
  /** The next read of the key, or of every key, reads the bucket. */
  forget(key?: string): void;
}

export interface RecordOptions {
  /**
   * For this time after a write, `read` gives the written record without reading the bucket. If another writer replaced the record meanwhile,
   * the next write is refused. For large records that are read much more often than they change. Default 0.
   */
  readonly rememberMs?: number;
}

interface OwnRecord {
  readonly record: object;
  readonly untilMs: number;
}

export function openRecords(bus: NatsBus, bucket: BucketName, fence: () => void, { rememberMs = 0 }: RecordOptions = {}): Records {
  const fenced = fencedBus(bus, fence);
  /** The revision of each object that `read` gave. */
  const revisions = new WeakMap<object, number>();
  /** By key: the revision of a missing or unreadable record at the last read. */
  const unreadable = new Map<string, number>();
  /** The records that this process wrote, by key. */
  const own = new Map<string, OwnRecord>();
  // From the leader of the stream: an outdated record must not count as the present configuration of exec.
  const last = (key: string): ReturnType<NatsBus['last']> => bus.last(bucketStream(bucket), bucketSubject(bucket, key), 'LEADER');

  const write = async (
    key: string,
    payload: Uint8Array,
    sequence: number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<number> => {
    const subject = bucketSubject(bucket, key);
    own.delete(key);
    try {
      const written = await fenced.publish(subject, payload, {
        messageId: '',
        headers,
        expectedLastSubjectSequence: { subject, sequence },
      });
      return written.sequence;
    } catch (cause) {
      if (!(cause instanceof FlotillaError && (cause.code === 'FENCED' || cause.code === 'WRITE_OVERLAPS'))) throw cause;
      throw new FlotillaError('RECORD_CHANGED', `expected ${key} to be at revision ${sequence}, found another; read it again`, { cause });
    }
  };

  const look = async <T extends object>(
    key: string,
    parse: (bytes: Uint8Array) => T | undefined,
    found: (value: T | undefined, revision: number) => void,
  ): Promise<T | undefined> => {
    const held = own.get(key);
    if (held !== undefined && held.untilMs > bus.clock.monotonicMs()) return held.record as T;
    const message = await last(key);
    const value = message === undefined || message.headers[OPERATION_HEADER] !== undefined ? undefined : parse(message.payload);
    found(value, message?.sequence ?? 0);
    return value;
  };

  return {
    read: (key, parse) =>
      look(key, parse, (value, revision) => {
        if (value === undefined) unreadable.set(key, revision);
        else revisions.set(value, revision);
      }),
    peek: (key, parse) => look(key, parse, () => undefined),
    async replace(key, record, replaces) {
      const revision = replaces === undefined ? unreadable.get(key) : revisions.get(replaces);
      if (revision === undefined) throw new TypeError(`${key} was not read before it is replaced`);
      revisions.set(record, await write(key, Buffer.from(canonicalJson(record)), revision));
      if (rememberMs > 0) own.set(key, { record, untilMs: bus.clock.monotonicMs() + rememberMs });
    },
    forget(key) {
      if (key === undefined) own.clear();
      else own.delete(key);
    },
  };
}
