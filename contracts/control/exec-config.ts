/** CONFIG bucket, key `exec.<portfolio>`: what exec runs with. Written by the operator alone; exec denies every increase of risk until it has one. */
import { z } from 'zod';
import { instrumentDefinitionSchema } from '../money/instrument.ts';
import { nonNegativeDecimal, positiveDecimal, sha256Hex, token } from '../values/scalars.ts';

/** portfolio ∧ strategy, the tighter wins field by field; an absent field means that there is no such limit, except where noted. */
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
 * What exec lets a strategy do while its next revision waits. Normal: what its desired state says. ReduceOnly: orders that increase are
 * cancelled, and only reductions pass. Flatten: its orders are cancelled, exec closes its positions, and nothing of the agent passes.
 */
export const strategyModeSchema = z.enum(['Normal', 'ReduceOnly', 'Flatten']);
export type StrategyMode = z.infer<typeof strategyModeSchema>;

/** A RiskPolicy and the hash of its limits, which names one version of them. */
const policyVersionShape = { name: token, hash: sha256Hex } as const;
export const policyVersionSchema = z.strictObject(policyVersionShape);
export type PolicyVersion = z.infer<typeof policyVersionSchema>;

export const policyDeliverySchema = z.enum(['Delivering', 'Settled']);
export type PolicyDelivery = z.infer<typeof policyDeliverySchema>;

/** The portfolio's own and one of each strategy. */
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
        /** Revision of the agent that may write: exec denies every intent that does not carry it. Absent: only intents without one pass. */
        revision: token.optional(),
        /** Absent: Normal. */
        mode: strategyModeSchema.optional(),
        /**
         * While the next revision waits: the generation of the Strategy that asks for it. A change that is taken back and made again gives
         * another configuration, so that a report about the former cannot be taken for one about the latter.
         */
        rolloutGeneration: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
        policy: effectivePolicySchema,
        policyHash: sha256Hex,
        /** RiskPolicies that these limits were made of; an increase passes only when each is Settled below. Absent: none passes. */
        policyNames: z.array(token).min(1).max(2).optional(),
      }),
    )
    .max(1_000),
  /**
   * RiskPolicies in use and the hash of each one's limits. Settled: no exec that reports runs other limits of it. Delivering: another one
   * still does. A policy that is not listed is not settled.
   */
  policies: z
    .array(z.strictObject({ ...policyVersionShape, delivery: policyDeliverySchema }))
    .max(POLICIES_MAX)
    .optional(),
  /** Of everything above, over its canonical JSON. */
  configHash: sha256Hex,
});
export type ExecConfig = z.infer<typeof execConfigSchema>;
