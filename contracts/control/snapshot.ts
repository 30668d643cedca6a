/** Answer of exec to a request on `query.exec.<portfolio>`: the ledger as people read it. */
import { z } from 'zod';
import { decimal, timestamp, token } from '../scalars.ts';
import { tradingStateSchema } from './exec-status.ts';

const positionShape = {
  instrument: token,
  /** Signed, base units. */
  quantity: decimal,
  /** Absent when flat. */
  averagePrice: decimal.optional(),
  /** Absent before the first market price. */
  marketPrice: decimal.optional(),
  realizedPnl: decimal,
  unrealizedPnl: decimal,
  fees: decimal,
} as const;

export const execSnapshotSchema = z.looseObject({
  schemaVersion: z.literal(1),
  portfolio: token,
  baseCurrency: token,
  tradingState: tradingStateSchema,
  cash: decimal,
  equity: decimal,
  realizedPnl: decimal,
  unrealizedPnl: decimal,
  fees: decimal,
  positions: z.array(z.looseObject({ ...positionShape, strategy: token })),
  strategies: z.array(
    z.looseObject({
      strategy: token,
      accepted: z.int(),
      denied: z.int(),
      /** Denials by code. */
      deniedBy: z.record(z.string(), z.int()),
      fills: z.int(),
      openOrders: z.int(),
    }),
  ),
  time: timestamp,
});
export type ExecSnapshot = z.infer<typeof execSnapshotSchema>;

/** Request on `control.replay.<source>`: publish a recorded dataset. Repeating it with the same `runId` publishes nothing twice. */
export const replayRequestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Name of a file of the gateway's data folder without `.csv`. */
  dataset: token,
  runId: token,
  /** Recorded seconds per real second; 0: as fast as the bus takes them. */
  speed: z.number().min(0).max(1_000_000),
  fromRow: z.int().min(0),
  /** Rows at most. */
  rows: z.int().min(1).max(10_000_000).optional(),
  action: z.enum(['start', 'status', 'stop']),
});
export type ReplayRequest = z.infer<typeof replayRequestSchema>;

export const replayStatusSchema = z.looseObject({
  schemaVersion: z.literal(1),
  state: z.enum(['RUNNING', 'DONE', 'STOPPED', 'FAILED', 'UNKNOWN']),
  runId: z.string(),
  row: z.int(),
  rowsTotal: z.int(),
  error: z.string().optional(),
});
export type ReplayStatus = z.infer<typeof replayStatusSchema>;
