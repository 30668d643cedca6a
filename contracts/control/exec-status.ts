/** STATUS bucket, key `exec.<portfolio>`: what exec reports, after every change and at least every five seconds. */
import { z } from 'zod';
import { sha256Hex, timestamp, token } from '../scalars.ts';
import { haltReportSchema } from './halt.ts';

export const tradingStateSchema = z.enum(['ACTIVE', 'REDUCING', 'HALTED']);
export type TradingState = z.infer<typeof tradingStateSchema>;

export const execStatusSchema = z.strictObject({
  schemaVersion: z.literal(1),
  portfolio: token,
  instance: z.string().min(1).max(128),
  epoch: z.int().min(0),
  tradingState: tradingStateSchema,
  /** Why not ACTIVE, as a denial code, or empty. */
  reason: z.string().max(128),
  /** Of the configuration in force; absent before the first. */
  configHash: sha256Hex.optional(),
  openOrders: z.int().min(0),
  halt: haltReportSchema.optional(),
  updatedAt: timestamp,
});
export type ExecStatus = z.infer<typeof execStatusSchema>;

/** STATUS bucket, key `agent.<portfolio>.<strategy>`: written at start, at the first signal, and every five seconds. */
export const agentStatusSchema = z.strictObject({
  schemaVersion: z.literal(1),
  portfolio: token,
  strategy: token,
  instance: z.string().min(1).max(128),
  signalsConsumed: z.int().min(0),
  intentsPublished: z.int().min(0),
  firstSignalAt: timestamp.optional(),
  lastSequence: z.int().min(0),
  updatedAt: timestamp,
});
export type AgentStatus = z.infer<typeof agentStatusSchema>;
