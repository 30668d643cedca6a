/** CONFIG bucket, key `exec.<portfolio>`: the configuration of exec. The operator alone writes it. exec denies every increase of risk without one. */
import { z } from 'zod';
import { instrumentDefinitionSchema } from '../money/instrument.ts';
import { nonNegativeDecimal, positiveDecimal, sha256Hex, token } from '../values/scalars.ts';

/** The limits of portfolio and strategy together: the tighter one, field by field. An absent field means no such limit, except where noted. */
export const effectivePolicySchema = z.strictObject({
  order: z.strictObject({
    maxQuantity: positiveDecimal.optional(),
    maxNotional: positiveDecimal,
    priceCollarBps: z.int().min(1).max(10_000),
    maxMessagesPerSecond: z.int().min(1).max(1_000),
  }),
  position: z.strictObject({ maxQuantity: positiveDecimal.optional(), maxNotional: positiveDecimal }),
  portfolio: z.strictObject({
    maxGrossNotional: positiveDecimal,
    maxLeverage: positiveDecimal.optional(),
    maxDailyLoss: positiveDecimal,
  }),
});
export type EffectivePolicy = z.infer<typeof effectivePolicySchema>;

export const desiredStateSchema = z.enum(['Running', 'Paused', 'Halted']);
export type DesiredState = z.infer<typeof desiredStateSchema>;

/**
 * The rights of a strategy while its next revision waits. Normal: the desired state decides. ReduceOnly: exec cancels orders that increase, and
 * accepts only reductions. Flatten: exec cancels the orders of the strategy, closes its positions, and denies all orders of the agent.
 */
export const strategyModeSchema = z.enum(['Normal', 'ReduceOnly', 'Flatten']);
export type StrategyMode = z.infer<typeof strategyModeSchema>;

/** A RiskPolicy and the hash of its limits, which names one version of them. */
const policyVersionShape = { name: token, hash: sha256Hex } as const;
export const policyVersionSchema = z.strictObject(policyVersionShape);
export type PolicyVersion = z.infer<typeof policyVersionSchema>;

export const policyDeliverySchema = z.enum(['Delivering', 'Settled']);
export type PolicyDelivery = z.infer<typeof policyDeliverySchema>;

/** Bound on RiskPolicies in use: one of the portfolio and one of each strategy. */
export const POLICIES_MAX = 1_001;

export const paperVenueSchema = z.strictObject({
  startingCash: nonNegativeDecimal,
  takerFeeBps: z.int().min(0).max(1_000),
  makerFeeBps: z.int().min(0).max(1_000),
  latencyMs: z.int().min(0).max(10_000),
});

export const execConfigSchema = z.strictObject({
  schemaVersion: z.literal(1),
  portfolio: token,
  account: token,
  baseCurrency: token,
  venue: z.strictObject({ name: token, type: z.literal('Paper'), paper: paperVenueSchema }),
  instruments: z.array(instrumentDefinitionSchema).max(256),
  strategies: z
    .array(
      z.strictObject({
        name: token,
        instruments: z.array(token).max(64),
        capitalMaxNotional: positiveDecimal,
        desiredState: desiredStateSchema,
        /** Revision of the agent that may write: exec denies every intent of another revision. Absent: only intents without a revision pass. */
        revision: token.optional(),
        /** Absent: Normal. */
        mode: strategyModeSchema.optional(),
        /**
         * While the next revision waits: the generation of the Strategy that asks for the revision. A change that is taken back and made again
         * gives a different configuration, so a report about the first change cannot be taken for a report about the second.
         */
        rolloutGeneration: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
        policy: effectivePolicySchema,
        policyHash: sha256Hex,
        /** RiskPolicies from which these limits were made. An increase passes only when each of them is Settled below. Absent: no increase passes. */
        policyNames: z.array(token).min(1).max(2).optional(),
      }),
    )
    .max(1_000),
  /**
   * RiskPolicies in use, with the hash of their limits. Settled: every exec that reports runs these limits. Delivering: another exec still runs
   * other limits. A policy that is not listed is not settled.
   */
  policies: z
    .array(z.strictObject({ ...policyVersionShape, delivery: policyDeliverySchema }))
    .max(POLICIES_MAX)
    .optional(),
  /** SHA-256 of the canonical JSON of all fields above. */
  configHash: sha256Hex,
  /**
   * Grows with every record that the operator writes for the portfolio, also in a bucket that was created again. exec uses no record below the
   * highest generation that any exec of the portfolio has read. Absent from the record of an operator of an older version.
   */
  generation: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
});
export type ExecConfig = z.infer<typeof execConfigSchema>;

/** Names one configuration record: its `generation` and its `configHash`. */
export const configVersionSchema = z.strictObject({ generation: z.int().min(1).max(Number.MAX_SAFE_INTEGER), hash: sha256Hex });
export type ConfigVersion = z.infer<typeof configVersionSchema>;
