/**
 * CONTROL bucket, key `halt.<portfolio>`: the halt in force. Written by the operator (and the break-glass command) alone.
 *
 * No record means unknown, and exec stays closed: the operator writes a RELEASED one when it provisions a portfolio.
 */
import { z } from 'zod';
import { id, timestamp, token } from '../values/scalars.ts';

/** ReduceOnly: only reductions pass. CancelAndHold: nothing new, resting orders cancelled. Flatten: that, then reduce-only orders to zero. */
export const haltModeSchema = z.enum(['ReduceOnly', 'CancelAndHold', 'Flatten']);
export type HaltMode = z.infer<typeof haltModeSchema>;

export const haltRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  portfolio: token,
  /** Grows with every change of this record; a reader ignores a lower one. */
  generation: z.int().min(0),
  state: z.enum(['ENGAGED', 'RELEASED']),
  /** UID of the KillSwitch; the tightest of several. Absent when released for the first time. */
  haltId: id.optional(),
  killSwitch: z.string().max(253).optional(),
  mode: haltModeSchema.optional(),
  reason: z.string().max(1_024).optional(),
  /** When the operator saw the KillSwitch. */
  observedAt: timestamp.optional(),
  writtenAt: timestamp,
});
export type HaltRecord = z.infer<typeof haltRecordSchema>;

/** What exec did about a halt, each step with its time; absent means not done yet. */
export const haltReportSchema = z.strictObject({
  haltId: id,
  generation: z.int().min(0),
  receivedAt: timestamp,
  gateClosedAt: timestamp,
  /** The last order accepted before the gate closed, if any since start. */
  lastAcceptedAt: timestamp.optional(),
  restingCancelledAt: timestamp.optional(),
  restingCancelledCount: z.int().min(0),
  /** Zero open orders seen at the venue, twice. */
  zeroOpenOrdersVerifiedAt: timestamp.optional(),
  flattenedAt: timestamp.optional(),
  /** Orders refused since the gate closed. */
  refusedCount: z.int().min(0),
});
export type HaltReport = z.infer<typeof haltReportSchema>;
