/** Creates or updates streams and buckets to their definitions; only the operator's identity may. */
import { pushSubject } from '@flotilla/contracts/access/core-account.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { StreamDefinition } from '@flotilla/contracts/bus/streams.ts';
import { type BucketName, BUCKETS } from '@flotilla/contracts/bus/buckets.ts';
import type { NatsBus } from '../bus/connect-bus.ts';
import { bucketStream, bucketSubject } from '../key-value.ts';
import { differencesOf, type SettingDifference, type StreamSettings, withoutIrreversible } from './stream-settings.ts';

const NANOSECONDS_PER_MS = 1_000_000;
/** The duplicate window that NATS KV gives its buckets. */
const BUCKET_DUPLICATE_WINDOW_MS = 120_000;
/** Bound on consumers: each Strategy has one on SIGNALS. Unlimited (-1) would mean the server's own default, which is 1,000. */
const CONSUMERS_MAX = 100_000;

export interface ProvisionOptions {
  /** Number of servers with a copy: 1 on one machine, 3 in production. */
  readonly replicas: number;
}

/** What was found and done. */
export interface EnsuredStream {
  /** Name of the stream; that of a bucket begins with `KV_`. */
  readonly stream: string;
  /** True: the stream did not exist, and exists now without messages. */
  readonly wasMissing: boolean;
  /** Settings that were not as defined and are put back. */
  readonly repaired: readonly SettingDifference[];
  /** Settings that are not as defined and that JetStream does not put back. */
  readonly lasting: readonly SettingDifference[];
}

/**
 * Idempotent. The stream is kept in files and allows direct reads. A full stream refuses new messages instead of dropping old ones.
 * Settings that another has changed are put back, except those that are for life, such as `deny_delete`.
 *
 * @throws FlotillaError `BUS_UNAVAILABLE`, `BUS_REFUSED`.
 */
export async function ensureStream(bus: NatsBus, definition: StreamDefinition, options: ProvisionOptions): Promise<EnsuredStream> {
  return createOrUpdate(bus, {
    ...fileStream(definition.name, definition.subjects, options),
    max_age: definition.maxAgeMs * NANOSECONDS_PER_MS,
    duplicate_window: definition.duplicateWindowMs * NANOSECONDS_PER_MS,
    max_msgs_per_subject: -1,
    deny_delete: definition.sealed,
    deny_purge: definition.sealed,
    allow_rollup_hdrs: false,
    ...(definition.pushed === undefined ? {} : { republish: { src: definition.pushed, dest: pushSubject(definition.pushed) } }),
    ...(definition.shortened === undefined ? {} : { subject_transform: { src: definition.shortened.from, dest: definition.shortened.to } }),
  });
}

/** Idempotent. Any NATS KV client can use the bucket. @throws FlotillaError like {@link ensureStream}. */
export async function ensureBucket(bus: NatsBus, bucket: BucketName, options: ProvisionOptions): Promise<EnsuredStream> {
  return createOrUpdate(bus, {
    ...fileStream(bucketStream(bucket), [bucketSubject(bucket, '>')], options),
    max_age: 0,
    duplicate_window: BUCKET_DUPLICATE_WINDOW_MS * NANOSECONDS_PER_MS,
    max_msgs_per_subject: BUCKETS[bucket].history,
    deny_delete: true,
    deny_purge: false,
    republish: { src: bucketSubject(bucket, '>'), dest: pushSubject(bucketSubject(bucket, '>')) },
    // With `allow_rollup_hdrs`, a writer of one key could wipe the bucket by a header.
    allow_rollup_hdrs: false,
  });
}

function fileStream(name: string, subjects: readonly string[], options: ProvisionOptions) {
  return {
    name,
    subjects,
    retention: 'limits',
    storage: 'file',
    discard: 'new',
    allow_direct: true,
    max_consumers: CONSUMERS_MAX,
    max_msgs: -1,
    max_bytes: -1,
    max_msg_size: -1,
    num_replicas: options.replicas,
  };
}

async function createOrUpdate(bus: NatsBus, definition: StreamSettings): Promise<EnsuredStream> {
  const stream = definition.name;
  const found = await settingsOf(bus, stream);
  if (found === undefined) {
    await bus.callApi(`STREAM.CREATE.${stream}`, definition);
    return { stream, wasMissing: true, repaired: [], lasting: [] };
  }
  const differences = differencesOf(definition, found);
  if (differences.length === 0) return { stream, wasMissing: false, repaired: [], lasting: [] };
  const lasting = differencesOf(definition, await update(bus, definition, found));
  const repaired = differences.filter(({ setting }) => !lasting.some((one) => one.setting === setting));
  return { stream, wasMissing: false, repaired, lasting };
}

/** Undefined when the stream does not exist. */
async function settingsOf(bus: NatsBus, stream: string): Promise<StreamSettings | undefined> {
  try {
    return (await bus.callApi<StreamInfo>(`STREAM.INFO.${stream}`)).config;
  } catch (error) {
    if (isCode(error, 'BUS_NOT_PROVISIONED')) return undefined;
    throw error;
  }
}

/** JetStream refuses an update as a whole when it would take back one setting for life, so the second try leaves those as they are. */
async function update(bus: NatsBus, definition: StreamSettings, found: StreamSettings): Promise<StreamSettings> {
  const send = async (settings: StreamSettings): Promise<StreamSettings> =>
    (await bus.callApi<StreamInfo>(`STREAM.UPDATE.${definition.name}`, settings)).config;
  try {
    return await send(definition);
  } catch (error) {
    if (!isCode(error, 'BUS_REFUSED')) throw error;
    return differencesOf(found, withoutIrreversible(definition, found)).length === 0
      ? found
      : await send(withoutIrreversible(definition, found));
  }
}

interface StreamInfo {
  readonly config: StreamSettings;
}

function isCode(error: unknown, code: FlotillaError['code']): boolean {
  return error instanceof FlotillaError && error.code === code;
}
