/** What an agent stores so that a restart need not read its signals from the first one: the fold so far, and up to where it goes. */
import { canonicalJson, sha256, type Store } from '@flotilla/contracts';
import { z } from 'zod';
import { NO_EXPOSURE, type Exposure } from './exposure.ts';
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
  readonly exposure: Exposure;
  /** Of the last own intent, in DECISIONS. */
  readonly decisionsSequence: number;
  /** Up to where `exposure` has read EXECUTIONS. */
  readonly executionsSequence: number;
}

const lots = z.int();
const exposureSchema = z.strictObject({
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
  exposure: exposureSchema,
  decisionsSequence: z.int().min(0),
  executionsSequence: z.int().min(0),
});

export interface CheckpointStore {
  /** Undefined when there is none, or none of this strategy with these parameters and this key. @throws FlotillaError `STORE_UNAVAILABLE`. */
  load(): Promise<Checkpoint | undefined>;
  /** @throws FlotillaError `STORE_UNAVAILABLE`. */
  save(checkpoint: Checkpoint): Promise<void>;
}

/** A Strategy that is deleted and applied again has a new key, so it begins afresh. */
export function openCheckpointStore(
  store: Store,
  identity: { readonly portfolio: string; readonly strategy: string; readonly parametersHash: string; readonly agentKey: Uint8Array },
): CheckpointStore {
  const key = `checkpoint:${identity.portfolio}:${identity.strategy}`;
  const strategyHash = sha256(canonicalJson({ parameters: identity.parametersHash, key: sha256(identity.agentKey) }));
  return {
    async load() {
      const bytes = await store.get(key);
      return bytes === undefined ? undefined : decodeCheckpoint(bytes, strategyHash);
    },
    save: (checkpoint) => store.set(key, Buffer.from(JSON.stringify({ schemaVersion: 1, strategyHash, ...checkpoint }))),
  };
}

/** A checkpoint is a short cut, so one that cannot be read is no checkpoint. */
function decodeCheckpoint(bytes: Uint8Array, strategyHash: string): Checkpoint | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
  const parsed = storedSchema.safeParse(value);
  if (!parsed.success || parsed.data.strategyHash !== strategyHash) return undefined;
  const { schemaVersion: _version, strategyHash: _hash, ...checkpoint } = parsed.data;
  return checkpoint;
}

/** Before the first signal; `sequence` is that of the signal before it, which was stored no later than `storedAtMs`. */
export function firstCheckpoint(sequence: number, storedAtMs: number, state: unknown): Checkpoint {
  return { sequence, storedAtMs, state, open: {}, exposure: NO_EXPOSURE, decisionsSequence: 0, executionsSequence: 0 };
}
