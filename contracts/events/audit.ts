/** Audit events: what people and the control plane did. Trades need none: the audit log reads every stream. */
import { z } from 'zod';
import { token } from '../values/scalars.ts';
import { envelopeShape } from './envelope.ts';

export const auditEventSchema = z.looseObject({
  ...envelopeShape,
  portfolio: token,
  /** The event in upper snake case, one of {@link ./audit-actions.ts}; a newer version may know more. */
  action: z
    .string()
    .max(63)
    .regex(/^[A-Z][A-Z0-9_]*$/),
  /** Who: a service or a person's user name. */
  actor: z.string().min(1).max(256),
  details: z.record(z.string().max(63), z.string().max(1_024)),
});
export type AuditEvent = z.infer<typeof auditEventSchema>;

/** A message that no consumer could handle, kept with its reason. */
export const poisonSchema = z.looseObject({
  ...envelopeShape,
  stream: z.string().max(63),
  consumer: z.string().max(128),
  sequence: z.int().min(0),
  subject: z.string().max(256),
  deliveryCount: z.int().min(1),
  code: z.string().max(63),
  reason: z.string().max(1_024),
  /** The original bytes, base64. */
  payloadBase64: z.string(),
  headers: z.record(z.string(), z.string()),
});
export type Poison = z.infer<typeof poisonSchema>;
