/** The stored state of an agent: the fold so far and the last signal in it, so that a restart does not read its signals from the first one. */
import { canonicalJson, FlotillaError, keys, type KeyValue, type ReadRecord, readRecordBytes, sha256 } from '@flotilla/contracts';
import { z } from 'zod';
import { type AgentCounts, agentCountsSchema, NO_COUNTS } from './agent-counts.ts';
import { type Holdings, NO_HOLDINGS } from './holdings.ts';
import type { OpenTargets } from './open-target.ts';
import type { StandingTargets } from './standing-target.ts';

/** Consistent in itself: every intent about a signal up to `sequence` has a DECISIONS sequence up to `decisionsSequence`. */
export interface Checkpoint {
  /** Of the last signal in `state`, in SIGNALS. */
  readonly sequence: number;
  /** When the bus stored that signal, milliseconds since the epoch: tells a stream that was made anew from the one that it knows. */
  readonly storedAtMs: number;
  readonly state: unknown;
  /** Of signals up to `sequence`. */
  readonly open: OpenTargets;
  readonly standing: StandingTargets;
  readonly holdings: Holdings;
  /** Of the last own intent, in DECISIONS. */
  readonly decisionsSequence: number;
  /** Up to where `holdings` has read EXECUTIONS. */
  readonly executionsSequence: number;
  readonly counts: AgentCounts;
}

const lots = z.int();
const storedHoldingsSchema = z.strictObject({
  settledLots: z.record(z.string(), lots),
  working: z.record(
    z.string(),
    z.strictObject({
      instrument: z.string(),
      side: z.enum(['BUY', 'SELL']),
      quantityLots: lots,
      filledLots: lots.exactOptional(),
      unansweredUntilMs: z.number().exactOptional(),
      rests: z.boolean().exactOptional(),
    }),
  ),
  settledIntentIds: z.array(z.string()),
});
const targetShape = {
  instrument: z.string(),
  targetLots: lots,
  timeInForce: z.enum(['GTC', 'IOC']),
  reason: z.string(),
  closesOnly: z.enum(['LONG', 'SHORT']).exactOptional(),
} as const;
const referenceShape = {
  signalId: z.string(),
  ordinal: z.int().min(0),
  corrId: z.string(),
  sequence: z.int().min(0),
  causationId: z.string(),
  expiresAt: z.string(),
  carrier: z.record(z.string(), z.string()),
} as const;
const openTargetSchema = z.strictObject({ ...targetShape, ...referenceShape });
const standingTargetSchema = z.strictObject({
  ...targetShape,
  asked: z.strictObject({ firstMs: z.number(), lastMs: z.number() }).exactOptional(),
  exit: z.strictObject(referenceShape).exactOptional(),
});
const storedSchema = z.strictObject({
  schemaVersion: z.literal(1),
  strategyHash: z.string(),
  sequence: z.int().min(0),
  storedAtMs: z.number(),
  state: z.unknown(),
  open: z.record(z.string(), openTargetSchema),
  /** Absent from agents of older versions: an exit is asked for again from the next target on. */
  standing: z.record(z.string(), standingTargetSchema).optional(),
  /** The holdings, under the name that the first version gave them. */
  exposure: storedHoldingsSchema,
  decisionsSequence: z.int().min(0),
  executionsSequence: z.int().min(0),
  /** Absent from agents of older versions. */
  counts: agentCountsSchema.optional(),
});

/** Unknown fields of a stored checkpoint, or why the checkpoint cannot be read; for log and metrics. */
export type CheckpointFound = { readonly unknownFields: readonly string[] } | { readonly problem: string };

export interface LoadedCheckpoint {
  /** Undefined when there is none, or none of this strategy with these parameters and this key. */
  readonly checkpoint: Checkpoint | undefined;
  /** Revision of the key in the bucket, whatever it holds; 0 when it was never written. */
  readonly revision: number;
}

export interface CheckpointStore {
  /** A replica that lags may answer: with an older checkpoint, or with none. @throws FlotillaError `BUS_UNAVAILABLE`. */
  load(): Promise<LoadedCheckpoint>;
  /** @throws FlotillaError `BUS_UNAVAILABLE`, `BUS_REFUSED` when the state is larger than a message of the bus. */
  save(checkpoint: Checkpoint): Promise<void>;
  /**
   * Saves in place of what `load` found. The leader of the stream refuses when a newer checkpoint exists, so a checkpoint that a replica did not show
   * is never overwritten.
   *
   * @throws FlotillaError `BUS_UNAVAILABLE` in that case too: load again later
   */
  replace(found: LoadedCheckpoint, checkpoint: Checkpoint): Promise<void>;
}

/** The bucket is CHECKPOINTS. A Strategy that is deleted and applied again has a new key, so it begins afresh. */
export function openCheckpointStore(
  bucket: Pick<KeyValue, 'get' | 'put' | 'lastRevision'>,
  identity: { readonly portfolio: string; readonly strategy: string; readonly parametersHash: string; readonly agentKey: Uint8Array },
  onRead?: (found: CheckpointFound) => void,
): CheckpointStore {
  const key = keys.checkpoint(identity.portfolio, identity.strategy);
  const strategyHash = sha256(canonicalJson({ parameters: identity.parametersHash, key: sha256(identity.agentKey) }));
  const put = async ({ holdings, ...checkpoint }: Checkpoint, lastRevision?: number): Promise<void> => {
    const stored = storedSchema.parse({ ...checkpoint, schemaVersion: 1, strategyHash, exposure: holdings });
    await bucket.put(key, Buffer.from(JSON.stringify(stored)), lastRevision);
  };
  return {
    async load() {
      const entry = await bucket.get(key);
      // A key that was deleted by hand has a revision too.
      if (entry === undefined) return { checkpoint: undefined, revision: await bucket.lastRevision(key) };
      const read = readRecordBytes(storedSchema, entry.value);
      onRead?.(read.ok ? { unknownFields: read.unknownFields } : { problem: read.problem });
      return { checkpoint: decodeCheckpoint(read, strategyHash), revision: entry.revision };
    },
    save: (checkpoint) => put(checkpoint),
    async replace({ revision }, checkpoint) {
      try {
        await put(checkpoint, revision);
      } catch (error) {
        if (!(error instanceof FlotillaError) || error.code !== 'FENCED') throw error;
        throw new FlotillaError('BUS_UNAVAILABLE', `expected revision ${revision} of the checkpoint to be the newest, found a newer one`, {
          cause: error,
        });
      }
    },
  };
}

/** A checkpoint only saves time, so the agent does without one that this build cannot read, and starts afresh. */
function decodeCheckpoint(read: ReadRecord<z.infer<typeof storedSchema>>, strategyHash: string): Checkpoint | undefined {
  if (!read.ok || read.value.strategyHash !== strategyHash) return undefined;
  const { schemaVersion: _version, strategyHash: _hash, exposure: holdings, counts = NO_COUNTS, standing = {}, ...checkpoint } = read.value;
  return { ...checkpoint, holdings, counts, standing };
}

/** Before the first signal; `sequence` is that of the signal before it, which was stored no later than `storedAtMs`. */
export function firstCheckpoint(sequence: number, storedAtMs: number, state: unknown): Checkpoint {
  return {
    sequence,
    storedAtMs,
    state,
    open: {},
    standing: {},
    holdings: NO_HOLDINGS,
    decisionsSequence: 0,
    executionsSequence: 0,
    counts: NO_COUNTS,
  };
}
