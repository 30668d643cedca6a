/**
 * The fields that every event has.
 *
 * Unknown fields are accepted (a newer producer may know more) and reported by {@link ./parse.ts}, so that readers can count them.
 */
import { z } from 'zod';
import { eventTime } from '../values/event-time.ts';
import { id } from '../values/scalars.ts';

/** Schema version that this build writes and the newest one that it reads. */
export const SCHEMA_VERSION = 1;

export const envelopeShape = {
  schemaVersion: z.int().min(1).max(1_000),
  /** Deterministic id ({@link ../values/ids.ts}); in streams with one writer, and in DECISIONS, also the bus's message id. */
  id,
  /** One id from the raw signal to the last fill. */
  corrId: id,
  /** `STREAM:sequence` of the message that caused this event; absent from events that enter the system. */
  causationId: z
    .string()
    .max(96)
    .regex(/^[A-Z_]+:[0-9]+$/)
    .optional(),
  /** When the producer made the event. */
  time: eventTime,
  producer: z.looseObject({ service: z.string().min(1).max(63), revision: z.string().min(1).max(63) }),
  /** Hash of the policy that applied, if one did. */
  policyHash: z.string().max(64).optional(),
} as const;

/** The envelope alone, to read an event of any type. */
export const envelopeSchema = z.looseObject(envelopeShape);
export type Envelope = z.infer<typeof envelopeSchema>;

/** Headers beside the payload. */
export const HEADERS = {
  /** Event type, for example `executions.fill`. */
  type: 'Flotilla-Type',
  corrId: 'Flotilla-Corr-Id',
  traceparent: 'traceparent',
} as const;
