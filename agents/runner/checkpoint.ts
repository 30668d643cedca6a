/** The stored state of an agent: the fold so far and the last signal in it, so that a restart does not read its signals from the first one. */
import { canonicalJson, keys, type KeyValue, type ReadRecord, readRecordBytes, sha256 } from '@flotilla/contracts';
import { z } from 'zod';
import { type AgentCounts, agentCountsSchema, NO_COUNTS } from './agent-counts.ts';
import { type Holdings, NO_HOLDINGS } from './holdings.ts';
import type { OpenTargets } from './open-target.ts';

/** Consistent in itself: every intent about a signal up to `sequence` has a DECISIONS sequence up to `decisionsSequence`. */
export interface Checkpoint {
  /** Of the last signal in `state`, in SIGNALS. */
  readonly sequence: number;
  /** When the bus stored that signal, milliseconds since the epoch: tells a stream that was made anew from the one that it knows. */
  readonly storedAtMs: number;
  readonly state: unknown;
  /** Of signals up to `sequence`. */
  readonly open: OpenTargets;
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
      unansweredUntilMs: z.number().exactOptional(),
      rests: z.boolean().exactOptional(),
    }),
  ),
  settledIntentIds: z.array(z.string()),
});
const openTargetSchema = z.strictObject({
  instrument: z.string(),
  targetLots: lots,
  timeInForce: z.enum(['GTC', 'IOC']),
  reason: z.string(),
  signalId: z.string(),
  ordinal: z.int().min(0),
  corrId: z.string(),
  sequence: z.int().min(0),
  causationId: z.string(),
  expiresAt: z.string(),
  carrier: z.record(z.string(), z.string()),
});
const storedSchema = z.strictObject({
  schemaVersion: z.literal(1),
  strategyHash: z.string(),
  sequence: z.int().min(0),
  storedAtMs: z.number(),
  state: z.unknown(),
  open: z.record(z.string(), openTargetSchema),
  /** The holdings, under the name that the first version gave them. */
  exposure: storedHoldingsSchema,
  decisionsSequence: z.int().min(0),
  executionsSequence: z.int().min(0),
  /** Absent from agents of older versions. */
  counts: agentCountsSchema.optional(),
});

/** Unknown fields of a stored checkpoint, or why the checkpoint cannot be read; for log and metrics. */
export type CheckpointFound = { readonly unknownFields: readonly string[] } | { readonly problem: string };

export interface CheckpointStore {
  /** Undefined when there is none, or none of this strategy with these parameters and this key. @throws FlotillaError `BUS_UNAVAILABLE`. */
  load(): Promise<Checkpoint | undefined>;
  /** @throws FlotillaError `BUS_UNAVAILABLE`, `BUS_REFUSED` when the state is larger than a message of the bus. */
  save(checkpoint: Checkpoint): Promise<void>;
}

/** The bucket is CHECKPOINTS. A Strategy that is deleted and applied again has a new key, so it begins afresh. */
export function openCheckpointStore(
  bucket: Pick<KeyValue, 'get' | 'put'>,
  identity: { readonly portfolio: string; readonly strategy: string; readonly parametersHash: string; readonly agentKey: Uint8Array },
  onRead?: (found: CheckpointFound) => void,
): CheckpointStore {
  const key = keys.checkpoint(identity.portfolio, identity.strategy);
  const strategyHash = sha256(canonicalJson({ parameters: identity.parametersHash, key: sha256(identity.agentKey) }));
  return {
    async load() {
      const entry = await bucket.get(key);
      if (entry === undefined) return undefined;
      const read = readRecordBytes(storedSchema, entry.value);
      onRead?.(read.ok ? { unknownFields: read.unknownFields } : { problem: read.problem });
      return decodeCheckpoint(read, strategyHash);
    },
    async save({ holdings, ...checkpoint }) {
      const stored = storedSchema.parse({ ...checkpoint, schemaVersion: 1, strategyHash, exposure: holdings });
      await bucket.put(key, Buffer.from(JSON.stringify(stored)));
    },
  };
}

/** A checkpoint only saves time, so the agent does without one that this build cannot read, and starts afresh. */
function decodeCheckpoint(read: ReadRecord<z.infer<typeof storedSchema>>, strategyHash: string): Checkpoint | undefined {
  if (!read.ok || read.value.strategyHash !== strategyHash) return undefined;
  const { schemaVersion: _version, strategyHash: _hash, exposure: holdings, counts = NO_COUNTS, ...checkpoint } = read.value;
  return { ...checkpoint, holdings, counts };
}

/** Before the first signal; `sequence` is that of the signal before it, which was stored no later than `storedAtMs`. */
export function firstCheckpoint(sequence: number, storedAtMs: number, state: unknown): Checkpoint {
  return { sequence, storedAtMs, state, open: {}, holdings: NO_HOLDINGS, decisionsSequence: 0, executionsSequence: 0, counts: NO_COUNTS };
}
