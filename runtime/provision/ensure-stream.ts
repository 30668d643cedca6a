/** Creates or updates streams and buckets to their definitions; only the operator's identity may. */
import { pushSubject } from '@flotilla/contracts/access/core-account.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { StreamDefinition } from '@flotilla/contracts/bus/streams.ts';
import { type BucketName, BUCKETS } from '@flotilla/contracts/bus/buckets.ts';
import type { NatsBus } from '../bus/connect-bus.ts';
import { bucketStream, bucketSubject } from '../key-value.ts';

const NANOSECONDS_PER_MS = 1_000_000;
/** The duplicate window that NATS KV gives its buckets. */
const BUCKET_DUPLICATE_WINDOW_MS = 120_000;
/** Bound on consumers: each Strategy has one on SIGNALS. Unlimited (-1) would mean the server's own default, which is 1,000. */
const CONSUMERS_MAX = 100_000;

export interface ProvisionOptions {
  /** Number of servers with a copy: 1 on one machine, 3 in production. */
  readonly replicas: number;
}

/** The fields of JetStream's stream configuration that we set. */
type StreamConfig = Readonly<Record<string, string | number | boolean | readonly string[] | object>> & { readonly name: string };

/**
 * Idempotent. The stream is kept in files and allows direct reads. A full stream refuses new messages instead of dropping old ones.
 * A sealed stream cannot be unsealed: `deny_delete` and `deny_purge` are for life.
 *
 * @throws FlotillaError `BUS_UNAVAILABLE`, `BUS_REFUSED`.
 */
export async function ensureStream(bus: NatsBus, definition: StreamDefinition, options: ProvisionOptions): Promise<void> {
  await createOrUpdate(bus, {
    ...fileStream(definition.name, definition.subjects, options),
    max_age: definition.maxAgeMs * NANOSECONDS_PER_MS,
    duplicate_window: definition.duplicateWindowMs * NANOSECONDS_PER_MS,
    max_msgs_per_subject: -1,
    deny_delete: definition.sealed,
    deny_purge: definition.sealed,
    allow_rollup_hdrs: false,
    ...(definition.pushed === undefined ? {} : { republish: { src: definition.pushed, dest: pushSubject(definition.pushed) } }),
  });
}

/** Idempotent. Any NATS KV client can use the bucket. @throws FlotillaError like {@link ensureStream}. */
export async function ensureBucket(bus: NatsBus, bucket: BucketName, options: ProvisionOptions): Promise<void> {
  await createOrUpdate(bus, {
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

/** JetStream's CREATE answers an equal configuration with success and a different one with a refusal. */
async function createOrUpdate(bus: NatsBus, config: StreamConfig): Promise<void> {
  try {
    await bus.callApi(`STREAM.CREATE.${config.name}`, config);
  } catch (error) {
    if (!(error instanceof FlotillaError) || error.code !== 'BUS_REFUSED') throw error;
    try {
      await bus.callApi(`STREAM.UPDATE.${config.name}`, config);
    } catch (cause) {
      // There is no stream to update, so the refusal of the creation is the reason.
      throw cause instanceof FlotillaError && cause.code === 'BUS_NOT_PROVISIONED' ? error : cause;
    }
  }
}
