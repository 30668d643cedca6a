/** Counts of an agent's work over its whole life, for its status. A checkpoint keeps the counts, so a new process goes on with them. Pure. */
import { z } from 'zod';
import type { Difficulty } from '../strategies/strategy.ts';

export const agentCountsSchema = z.strictObject({
  /** Signals of its instruments that the agent folded. */
  signalsConsumed: z.int().min(0),
  intentsPublished: z.int().min(0),
  /** Prices among the signals that neither the strategy nor exec can use; absent: none, or a checkpoint of an older build. */
  pricesUnusable: z.int().min(0).exactOptional(),
  /** When the agent folded its first signal, milliseconds since the epoch. */
  firstSignalAtMs: z.number().optional(),
});
export type AgentCounts = z.infer<typeof agentCountsSchema>;

export const NO_COUNTS: AgentCounts = { signalsConsumed: 0, intentsPublished: 0 };

/** Counts after one more signal, with what the strategy said about the signal. */
export function withSignal(counts: AgentCounts, difficulty: Difficulty | undefined, nowMs: number): AgentCounts {
  const unusable = difficulty?.kind === 'PriceUnusable' ? { pricesUnusable: (counts.pricesUnusable ?? 0) + 1 } : {};
  return { ...counts, ...unusable, signalsConsumed: counts.signalsConsumed + 1, firstSignalAtMs: counts.firstSignalAtMs ?? nowMs };
}

export function withIntents(counts: AgentCounts, intentCount: number): AgentCounts {
  return { ...counts, intentsPublished: counts.intentsPublished + intentCount };
}
