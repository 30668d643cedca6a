/** Request and answer on `query.exec.<portfolio>`: the ledger for people, in pages. */
import { z } from 'zod';
import { decimal, timestamp, token } from '../values/scalars.ts';
import { tradingStateSchema } from './exec-status.ts';
import { rowCountsSchema } from './row-counts.ts';

/** Bound on the rows (positions and strategies together) of one answer. */
export const SNAPSHOT_ROWS_MAX = 500;

/** An empty request asks for the first page, like a request without fields. */
export const execSnapshotRequestSchema = z.looseObject({
  /** `next` of the previous page. */
  after: z.string().min(1).max(256).optional(),
  /** Bound on the rows of the answer, up to {@link SNAPSHOT_ROWS_MAX}. */
  limit: z.int().min(1).max(SNAPSHOT_ROWS_MAX).optional(),
});
export type ExecSnapshotRequest = z.infer<typeof execSnapshotRequestSchema>;

const positionShape = {
  instrument: token,
  /** In base units; negative when short. */
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
  /** Positions that are not zero, of this page. */
  positions: z.array(z.looseObject({ ...positionShape, strategy: token })),
  /** Strategies of this page. Rows are ordered: positions by strategy and instrument, then strategies by name. */
  strategies: z.array(
    z.looseObject({
      strategy: token,
      accepted: z.int(),
      denied: z.int(),
      /** Denials by code. */
      deniedBy: z.record(z.string(), z.int()),
      fills: z.int(),
      openOrders: z.int(),
      /** Over all positions of the strategy, closed ones included; absent from an exec of an older version. */
      realizedPnl: decimal.optional(),
      fees: decimal.optional(),
    }),
  ),
  /** Over all pages; absent from an exec of an older version. */
  positionCount: z.int().min(0).optional(),
  strategyCount: z.int().min(0).optional(),
  /** The `after` of the request for the next page. Absent from the last page. */
  next: z.string().min(1).max(256).optional(),
  time: timestamp,
});
export type ExecSnapshot = z.infer<typeof execSnapshotSchema>;

/** Request on `control.replay.<source>`: publish a recorded dataset. Repeating it with the same `runId` publishes nothing twice. */
export const replayRequestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Name of a file in the data folder of the source, without `.csv`. */
  dataset: token,
  runId: token,
  /** Recorded seconds per real second; 0: as fast as the bus takes them. */
  speed: z.number().min(0).max(1_000_000),
  fromRow: z.int().min(0),
  /** Bound on the rows that the replay publishes. */
  rows: z.int().min(1).max(10_000_000).optional(),
  action: z.enum(['start', 'status', 'stop']),
});
export type ReplayRequest = z.infer<typeof replayRequestSchema>;

export const replayStatusSchema = z.looseObject({
  schemaVersion: z.literal(1),
  state: z.enum(['RUNNING', 'DONE', 'STOPPED', 'FAILED', 'UNKNOWN']),
  runId: z.string(),
  /** Row behind the last one that is published or refused. */
  row: z.int(),
  rowsTotal: z.int(),
  /** Rows of the run so far. Absent from a gateway of an older version, and before the first row. */
  rows: rowCountsSchema.optional(),
  error: z.string().optional(),
});
export type ReplayStatus = z.infer<typeof replayStatusSchema>;
