/** Counts of an agent's work over its whole life, for its status. A checkpoint keeps the counts, so a new process goes on with them. Pure. */
import { z } from 'zod';

export const agentCountsSchema = z.strictObject({
  /** Signals of its instruments that the agent folded. */
  signalsConsumed: z.int().min(0),
  intentsPublished: z.int().min(0),
  /** When the agent folded its first signal, milliseconds since the epoch. */
  firstSignalAtMs: z.number().optional(),
});
export type AgentCounts = z.infer<typeof agentCountsSchema>;

export const NO_COUNTS: AgentCounts = { signalsConsumed: 0, intentsPublished: 0 };

export function withSignals(counts: AgentCounts, signalCount: number, nowMs: number): AgentCounts {
  if (signalCount === 0) return counts;
  return { ...counts, signalsConsumed: counts.signalsConsumed + signalCount, firstSignalAtMs: counts.firstSignalAtMs ?? nowMs };
}

export function withIntents(counts: AgentCounts, intentCount: number): AgentCounts {
  return { ...counts, intentsPublished: counts.intentsPublished + intentCount };
}
