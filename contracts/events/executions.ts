/** Executions: what exec did with an intent. Exec's whole state is a fold over these. */
import { z } from 'zod';
import { denialCodeSchema } from '../errors/denials.ts';
import { decimal, id, nonNegativeDecimal, positiveDecimal, timestamp, token } from '../values/scalars.ts';
import { orderTypeSchema, sideSchema, timeInForceSchema } from './decisions.ts';
import { envelopeShape } from './envelope.ts';

const executionShape = { ...envelopeShape, portfolio: token, epoch: z.int().min(0) } as const;

/**
 * DENIED: a check refused it (terminal). ACCEPTED: passed every check and is recorded, before the venue hears of it.
 * RESTING: open at the venue. PARTIALLY_FILLED: open, something filled. FILLED, CANCELLED, EXPIRED, REJECTED (by the venue): terminal.
 */
export const orderStatusSchema = z.enum([
  'DENIED',
  'ACCEPTED',
  'RESTING',
  'PARTIALLY_FILLED',
  'FILLED',
  'CANCELLED',
  'EXPIRED',
  'REJECTED',
]);
export type OrderStatus = z.infer<typeof orderStatusSchema>;

/** One refusal: which check, what it measured, what it allows. */
export const denialSchema = z.looseObject({
  code: denialCodeSchema,
  message: z.string().max(512),
  /** Numbers and words the check decided on, for example `{ "limit": "50000", "found": "61187" }`. */
  details: z.record(z.string().max(63), z.string().max(128)),
});
export type Denial = z.infer<typeof denialSchema>;

export const orderEventSchema = z.looseObject({
  ...executionShape,
  strategy: token,
  instrument: token,
  orderId: id,
  intentId: id,
  /** Counts the events of one order from 0. */
  ordinal: z.int().min(0),
  status: orderStatusSchema,
  side: sideSchema,
  type: orderTypeSchema,
  quantity: positiveDecimal,
  limitPrice: positiveDecimal.optional(),
  timeInForce: timeInForceSchema,
  reduceOnly: z.boolean(),
  expiresAt: timestamp,
  filledQuantity: nonNegativeDecimal,
  leavesQuantity: nonNegativeDecimal,
  /** Every failed check, present exactly when DENIED. */
  denials: z.array(denialSchema).max(32).optional(),
  /** Why it was cancelled, expired or rejected. */
  reason: z.string().max(512).optional(),
});
export type OrderEvent = z.infer<typeof orderEventSchema>;

export const fillSchema = z.looseObject({
  ...executionShape,
  strategy: token,
  instrument: token,
  account: token,
  venue: token,
  orderId: id,
  intentId: id,
  tradeId: id,
  side: sideSchema,
  price: positiveDecimal,
  quantity: positiveDecimal,
  /** Charged (positive) or rebated (negative), in the portfolio's currency. */
  fee: decimal,
  liquidity: z.enum(['MAKER', 'TAKER']),
  /** PARTIAL leaves something open on the order, FULL completes it. */
  fillType: z.enum(['PARTIAL', 'FULL']),
  /** Of the order, after this fill. */
  filledQuantity: positiveDecimal,
  leavesQuantity: nonNegativeDecimal,
});
export type Fill = z.infer<typeof fillSchema>;

/** The ledger held against the venue's own view. */
export const reconcileSchema = z.looseObject({
  ...executionShape,
  result: z.enum(['MATCHED', 'MISMATCHED']),
  ordersCompared: z.int().min(0),
  positionsCompared: z.int().min(0),
  differences: z.array(z.looseObject({ what: z.string().max(128), ledger: z.string().max(64), venue: z.string().max(64) })).max(256),
  /** Profit (realized plus unrealized less fees since the beginning) at the first look of the UTC day: the day's loss is measured from it. */
  dayOpen: z.looseObject({ day: z.string().length(10), profit: decimal }).optional(),
  /** Highest generations of halt records that exec has read: of any record, and of one that engages. A restarted exec goes below neither. */
  halt: z.looseObject({ generation: z.int().min(0), engagedGeneration: z.int().min(0).optional() }).optional(),
});
export type Reconcile = z.infer<typeof reconcileSchema>;

/** Written by an exec instance that takes over; every later write names its sequence, so an older instance is refused. */
export const epochSchema = z.looseObject({ ...executionShape, instance: z.string().min(1).max(128), reason: z.string().max(512) });
export type Epoch = z.infer<typeof epochSchema>;
