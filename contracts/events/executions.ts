/** Executions: the events that exec writes. exec's whole state is a fold over them. */
import { z } from 'zod';
import { denialCodeSchema } from '../errors/denials.ts';
import { decimal, id, nonNegativeDecimal, positiveDecimal, sha256Hex, timestamp, token } from '../values/scalars.ts';
import { orderTypeSchema, sideSchema, timeInForceSchema } from './decisions.ts';
import { envelopeShape } from './envelope.ts';

const executionShape = { ...envelopeShape, portfolio: token, epoch: z.int().min(0) } as const;

/**
 * DENIED: a check denied the order (terminal). ACCEPTED: the order passed every check and is recorded, and the venue does not have it yet.
 * RESTING: open at the venue. PARTIALLY_FILLED: open, and partly filled. FILLED, CANCELLED, EXPIRED, REJECTED (by the venue): terminal.
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

/** One denial: its code, a message for people, and the numbers of the decision. */
export const denialSchema = z.looseObject({
  code: denialCodeSchema,
  message: z.string().max(512),
  /** Numbers and words by which the check decided, for example `{ "limit": "50000", "found": "61187" }`. */
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
  /** Every failed check; present exactly when the status is DENIED. */
  denials: z.array(denialSchema).max(32).optional(),
  /** Why the order was cancelled, expired or rejected. */
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
  /** FULL completes the order; after PARTIAL a part of the order is still open. */
  fillType: z.enum(['PARTIAL', 'FULL']),
  /** Quantity of the order that is filled, this fill included. */
  filledQuantity: positiveDecimal,
  leavesQuantity: nonNegativeDecimal,
});
export type Fill = z.infer<typeof fillSchema>;

/** A comparison of the ledger with the venue's own view. */
export const reconcileSchema = z.looseObject({
  ...executionShape,
  result: z.enum(['MATCHED', 'MISMATCHED']),
  ordersCompared: z.int().min(0),
  positionsCompared: z.int().min(0),
  differences: z.array(z.looseObject({ what: z.string().max(128), ledger: z.string().max(64), venue: z.string().max(64) })).max(256),
  /** P&L (realized plus unrealized less fees since the beginning) at the first look of the UTC day. The loss of the day is measured from here. */
  dayOpen: z.looseObject({ day: z.string().length(10), profit: decimal }).optional(),
  /** Highest generations of halt records that exec has read: of any record, and of a record that engages. A restarted exec does not go below them. */
  halt: z.looseObject({ generation: z.int().min(0), engagedGeneration: z.int().min(0).optional() }).optional(),
  /** The configuration record of the highest generation that exec has read. A restarted exec uses no older record. */
  config: z.looseObject({ generation: z.int().min(1).max(Number.MAX_SAFE_INTEGER), hash: sha256Hex }).optional(),
});
export type Reconcile = z.infer<typeof reconcileSchema>;

/** An instance of exec writes an epoch when it takes over. Every later write names the sequence of the epoch, so the bus refuses an older instance. */
export const epochSchema = z.looseObject({ ...executionShape, instance: z.string().min(1).max(128), reason: z.string().max(512) });
export type Epoch = z.infer<typeof epochSchema>;
