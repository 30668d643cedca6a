/**
 * CONTROL bucket, key `halt.<portfolio>`: the halt in force. Written by the operator (and the break-glass command) alone.
 *
 * Without a record the halt is unknown, and exec denies increases of risk. So the operator writes a RELEASED record when it provisions a portfolio.
 */
import { z } from 'zod';
import { id, timestamp, token } from '../values/scalars.ts';

/** ReduceOnly: only reductions pass. CancelAndHold: new orders are denied and resting orders cancelled. Flatten: the same, then reduce-only orders to zero. */
export const haltModeSchema = z.enum(['ReduceOnly', 'CancelAndHold', 'Flatten']);
export type HaltMode = z.infer<typeof haltModeSchema>;

export const haltRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  portfolio: token,
  /** Grows with every change of this record. A lower generation proves nothing, so exec closes its gate. */
  generation: z.int().min(0),
  state: z.enum(['ENGAGED', 'RELEASED']),
  /** UID of the KillSwitch; of several, the tightest one. Absent from a record that never engaged. */
  haltId: id.optional(),
  killSwitch: z.string().max(253).optional(),
  mode: haltModeSchema.optional(),
  reason: z.string().max(1_024).optional(),
  /** When the operator saw the KillSwitch. */
  observedAt: timestamp.optional(),
  writtenAt: timestamp,
});
export type HaltRecord = z.infer<typeof haltRecordSchema>;

/** The steps of exec in a halt, each with its time; an absent step is not done yet. */
export const haltReportSchema = z.strictObject({
  haltId: id,
  generation: z.int().min(0),
  receivedAt: timestamp,
  gateClosedAt: timestamp,
  /** The last order accepted before the gate closed, if any since start. */
  lastAcceptedAt: timestamp.optional(),
  restingCancelledAt: timestamp.optional(),
  restingCancelledCount: z.int().min(0),
  /** When exec had confirmed twice that no order is open at the venue. */
  zeroOpenOrdersVerifiedAt: timestamp.optional(),
  flattenedAt: timestamp.optional(),
  /** Orders denied since the gate closed. */
  refusedCount: z.int().min(0),
});
export type HaltReport = z.infer<typeof haltReportSchema>;
