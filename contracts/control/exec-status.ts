/** STATUS bucket, key `exec.<portfolio>`: what exec reports, after every change and at least every five seconds. */
import { z } from 'zod';
import { sha256Hex, timestamp, token } from '../values/scalars.ts';
import { desiredStateSchema, POLICIES_MAX, policyDeliverySchema, policyVersionSchema, strategyModeSchema } from './exec-config.ts';
import { haltReportSchema } from './halt.ts';
import { workerProblemSchema } from './worker-problem.ts';

export const tradingStateSchema = z.enum(['ACTIVE', 'REDUCING', 'HALTED']);
export type TradingState = z.infer<typeof tradingStateSchema>;

/** Instruments of one strategy that a report names at most. */
export const REPORTED_INSTRUMENTS_MAX = 64;
/** Strategies that a report names at most: those of the configuration first, then those that still hold something. */
export const REPORTED_STRATEGIES_MAX = 1_500;

/** One strategy as exec has it: what the operator needs to roll out, halt or delete the strategy. */
export const strategyReportSchema = z.strictObject({
  name: token,
  /** Of the configuration in force: whose intents pass. */
  revision: token.optional(),
  desiredState: desiredStateSchema,
  /** Absent: Normal. */
  mode: strategyModeSchema.optional(),
  /** Why exec cannot read the strategy's entry of the configuration; exec then holds the strategy Halted. */
  problem: z.string().min(1).max(512).optional(),
  openOrders: z.int().min(0),
  /** Positions that are not zero. */
  openPositions: z.int().min(0),
  /** Where it has an open order or a position, the first {@link REPORTED_INSTRUMENTS_MAX}; absent: nowhere. */
  instruments: z.array(token).max(REPORTED_INSTRUMENTS_MAX).optional(),
  /** While it is Halted: each step with its time. */
  halt: z
    .strictObject({
      gateClosedAt: timestamp,
      restingCancelledCount: z.int().min(0),
      /** No open order of its at the venue, seen twice. */
      zeroOpenOrdersVerifiedAt: timestamp.optional(),
    })
    .optional(),
  /** While its mode is Flatten. */
  flatten: z
    .strictObject({
      startedAt: timestamp,
      /** Orders that exec sent to close positions, in this process. */
      orderCount: z.int().min(0),
      flattenedAt: timestamp.optional(),
      /** Why it does not go on at the moment, as a denial code. */
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
  /** Why not ACTIVE, as a denial code, or empty. */
  reason: z.string().max(128),
  /** Of the configuration in force; absent before the first. */
  configHash: sha256Hex.optional(),
  /** RiskPolicies of the configuration in force, by the hash of the limits that run; absent from an exec that does not tell. */
  policies: z
    .array(policyVersionSchema.extend({ delivery: policyDeliverySchema.optional() }))
    .max(POLICIES_MAX)
    .optional(),
  openOrders: z.int().min(0),
  halt: haltReportSchema.optional(),
  /**
   * Highest generation of a halt record that any exec of the portfolio has ever read. The operator continues from the higher one of this
   * and the record's. Absent: none was read, or an exec that does not tell.
   */
  haltGeneration: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  /** What is wrong with the halt record: missing, unreadable, or older than one that exec has read. The gate is closed meanwhile. */
  haltProblem: z.string().min(1).max(512).optional(),
  /** What is wrong with the configuration record: missing, unreadable, or older than one that exec has read. No increase of risk meanwhile. */
  configProblem: z.string().min(1).max(512).optional(),
  /** Why the exec process of this portfolio ended last by an error, and when. It stays until the next one. */
  lastCrash: z.strictObject({ time: timestamp, reason: z.string().min(1).max(512) }).optional(),
  /** Absent from an exec that does not tell. */
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
  /** Why the agent runs and does not decide; absent: nothing is known to be wrong. Goes away when the agent decides again. */
  problem: workerProblemSchema.optional(),
  updatedAt: timestamp,
});
export type AgentStatus = z.infer<typeof agentStatusSchema>;
