/** Decisions: what a strategy proposes, and the order intent that the portfolio's decision maker makes of it. */
import { z } from 'zod';
import { eventTime, withBoundedValidity } from '../values/event-time.ts';
import { decimal, id, positiveDecimal, token } from '../values/scalars.ts';
import { envelopeShape } from './envelope.ts';

const decisionShape = {
  ...envelopeShape,
  portfolio: token,
  strategy: token,
  instrument: token,
  /** Revision of the Strategy that decided; exec takes intents of one revision at a time. */
  strategyRevision: token.optional(),
} as const;

export const sideSchema = z.enum(['BUY', 'SELL']);
export type Side = z.infer<typeof sideSchema>;
export const orderTypeSchema = z.enum(['MARKET', 'LIMIT']);
export type OrderType = z.infer<typeof orderTypeSchema>;
/** GTC rests until filled or cancelled; IOC cancels what does not fill at once; FOK fills whole at once or not at all. */
export const timeInForceSchema = z.enum(['GTC', 'IOC', 'FOK']);
export type TimeInForce = z.infer<typeof timeInForceSchema>;

const orderShape = {
  side: sideSchema,
  type: orderTypeSchema,
  quantity: positiveDecimal,
  /** Present exactly when `type` is LIMIT. */
  limitPrice: positiveDecimal.optional(),
  timeInForce: timeInForceSchema,
  /** Never opens or increases a position. */
  reduceOnly: z.boolean(),
} as const;

export const proposalSchema = withBoundedValidity(
  z.looseObject({
    ...decisionShape,
    ...orderShape,
    /** Position that the strategy wants to hold after it, signed, in base units. */
    targetQuantity: decimal,
    reason: z.string().max(512),
    expiresAt: eventTime,
  }),
);
export type Proposal = z.infer<typeof proposalSchema>;

export const orderIntentSchema = withBoundedValidity(
  z.looseObject({
    ...decisionShape,
    ...orderShape,
    proposalIds: z.array(id).max(64),
    /** After it the intent is denied, not retried. */
    expiresAt: eventTime,
  }),
);
export type OrderIntent = z.infer<typeof orderIntentSchema>;
