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
  /** The same, by somebody who will not replace it. */
  peek<T extends object>(key: string, parse: (bytes: Uint8Array) => T | undefined): Promise<T | undefined>;
  /**
   * `replaces`: the very object that `read` gave; undefined for a record that is not there, or cannot be read.
   *
   * @throws FlotillaError `RECORD_CHANGED` when something else stands there.
   */
  replace(key: string, record: object, replaces: object | undefined): Promise<void>;
  /** The next read of each key looks at the bucket. */
  forget(): void;
}

export interface RecordOptions {
  /**
   * For so long `read` gives what this process wrote itself without a look at the bucket: if somebody replaced it meanwhile, the next write
   * finds that out. For large records that are read much more often than they change. Default 0.
   */
  readonly rememberMs?: number;
}

interface OwnRecord {
  readonly record: object;
  readonly untilMs: number;
}

export function openRecords(bus: NatsBus, bucket: BucketName, fence: () => void, { rememberMs = 0 }: RecordOptions = {}): Records {
  const fenced = fencedBus(bus, fence);
  /** Which revision each object that was handed out had. */
  const revisions = new WeakMap<object, number>();
  /** The revision of what was not there or could not be read, when it was looked at last. */
  const unreadable = new Map<string, number>();
  /** What this process wrote, by key. */
  const own = new Map<string, OwnRecord>();
  // From the leader: a record that lags must not be taken for what exec is told at the moment.
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
      if (!(cause instanceof FlotillaError && cause.code === 'FENCED')) throw cause;
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
    forget: () => own.clear(),
  };
}
