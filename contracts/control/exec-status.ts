/** STATUS bucket, key `exec.<portfolio>`: the report of exec, written after every change and at least every five seconds. */
import { z } from 'zod';
import { sha256Hex, timestamp, token } from '../values/scalars.ts';
import {
  configVersionSchema,
  desiredStateSchema,
  POLICIES_MAX,
  policyDeliverySchema,
  policyVersionSchema,
  strategyModeSchema,
} from './exec-config.ts';
import { haltReportSchema } from './halt.ts';
import { workerProblemSchema } from './worker-problem.ts';

export const tradingStateSchema = z.enum(['ACTIVE', 'REDUCING', 'HALTED']);
export type TradingState = z.infer<typeof tradingStateSchema>;

/** Bound on the instruments that a report names for one strategy. */
export const REPORTED_INSTRUMENTS_MAX = 64;
/** Bound on the strategies in a report: those of the configuration first, then others that still have an order or a position. */
export const REPORTED_STRATEGIES_MAX = 1_500;

/** The state of one strategy at exec, as the operator needs it to roll out, halt or delete the strategy. */
export const strategyReportSchema = z.strictObject({
  name: token,
  /** Revision in the configuration in force; only its intents pass. */
  revision: token.optional(),
  desiredState: desiredStateSchema,
  /** Absent: Normal. */
  mode: strategyModeSchema.optional(),
  /** Why exec cannot read the strategy's entry of the configuration; exec then holds the strategy Halted. */
  problem: z.string().min(1).max(512).optional(),
  openOrders: z.int().min(0),
  /** Positions that are not zero. */
  openPositions: z.int().min(0),
  /** The first {@link REPORTED_INSTRUMENTS_MAX} instruments with an open order or a position of the strategy; absent: there are none. */
  instruments: z.array(token).max(REPORTED_INSTRUMENTS_MAX).optional(),
  /** While the strategy is Halted: the time of each step. */
  halt: z
    .strictObject({
      gateClosedAt: timestamp,
      restingCancelledCount: z.int().min(0),
      /** When exec had confirmed twice that no order of the strategy is open. */
      zeroOpenOrdersVerifiedAt: timestamp.optional(),
    })
    .optional(),
  /** Present while the mode is Flatten. */
  flatten: z
    .strictObject({
      startedAt: timestamp,
      /** Orders that exec sent to close positions, in this process. */
      orderCount: z.int().min(0),
      flattenedAt: timestamp.optional(),
      /** Why no order goes out at the moment, as a denial code. */
      waitsFor: z.string().min(1).max(128).optional(),
    })
    .optional(),
});
export type StrategyReport = z.infer<typeof strategyReportSchema>;

export const execStatusSchema = z.strictObject({
  schemaVersion: z.literal(1),
  portfolio: token,
  instance: z.string().min(1).max(128),
  epoch: z.int().min(0),
  tradingState: tradingStateSchema,
  /** Why the trading state is not ACTIVE, as a denial code; empty when it is. */
  reason: z.string().max(128),
  /** Hash of the configuration in force; absent before the first configuration. */
  configHash: sha256Hex.optional(),
  /**
   * The configuration record of the highest generation that any exec of the portfolio has ever read. The operator continues from the higher one
   * of this generation and that of the record. Absent: exec has read no record with a generation, or is of an older version.
   */
  newestConfig: configVersionSchema.optional(),
  /** RiskPolicies of the configuration in force, with the hash of the limits that exec runs; absent from an exec of an older version. */
  policies: z
    .array(policyVersionSchema.extend({ delivery: policyDeliverySchema.optional() }))
    .max(POLICIES_MAX)
    .optional(),
  openOrders: z.int().min(0),
  halt: haltReportSchema.optional(),
  /**
   * Highest generation of a halt record that any exec of the portfolio has ever read. The operator continues from the higher one of this
   * generation and that of the record. Absent: exec has read no record, or is of an older version.
   */
  haltGeneration: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  /** The problem of the halt record: missing, unreadable, or older than a record that exec has read. The gate is closed meanwhile. */
  haltProblem: z.string().min(1).max(512).optional(),
  /** The problem of the configuration record: missing, unreadable, or older than a record that exec has read. exec denies increases of risk meanwhile. */
  configProblem: z.string().min(1).max(512).optional(),
  /** The last error that ended an exec process of this portfolio, and its time. The entry stays until the next such error. */
  lastCrash: z.strictObject({ time: timestamp, reason: z.string().min(1).max(512) }).optional(),
  /** Absent from an exec of an older version. */
  strategies: z.array(strategyReportSchema).max(REPORTED_STRATEGIES_MAX).optional(),
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
  /** Why a running agent does not decide; absent when the agent knows of no problem. The agent removes it when it decides again. */
  problem: workerProblemSchema.optional(),
  updatedAt: timestamp,
});
export type AgentStatus = z.infer<typeof agentStatusSchema>;
