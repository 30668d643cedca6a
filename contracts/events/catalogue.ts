/** Every event type by name; the name is also the subject's prefix and the `Flotilla-Type` header. */
import type { z } from 'zod';
import { auditEventSchema, poisonSchema } from './audit.ts';
import { orderIntentSchema, proposalSchema } from './decisions.ts';
import { epochSchema, fillSchema, orderEventSchema, reconcileSchema } from './executions.ts';
import { normalizedSignalSchema, rawSignalSchema } from './signals.ts';

export const EVENTS = {
  'signals.raw': rawSignalSchema,
  'signals.normalized': normalizedSignalSchema,
  'decisions.proposal': proposalSchema,
  'decisions.order_intent': orderIntentSchema,
  'executions.order': orderEventSchema,
  'executions.fill': fillSchema,
  'executions.reconcile': reconcileSchema,
  'executions.epoch': epochSchema,
  'audit.event': auditEventSchema,
  poison: poisonSchema,
} as const;

export type EventType = keyof typeof EVENTS;
export type EventOf<T extends EventType> = z.infer<(typeof EVENTS)[T]>;
