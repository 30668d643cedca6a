/** What the two orderings of the consume loop share. */
import type { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { DELIVERIES_MAX } from '@flotilla/contracts/values/limits.ts';
import type { Clock, Delivery } from '@flotilla/contracts/ports.ts';
import type { Logger } from '../log.ts';
import type { ProcessDelivery } from './process-delivery.ts';

/** What both orderings need. */
export interface Loop {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxInFlight: number;
  readonly process: ProcessDelivery;
  readonly delayMs: (failures: number) => number;
  /** Retry until POISON has it. @throws FlotillaError of the bus. */
  poison(delivery: Delivery, error: FlotillaError, failures: number): Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Whether the error says something about the message itself. A dependency that is away does not, and neither does a refusal by the bus: a
 * missing permission or a full stream would refuse every message.
 */
export function isAboutMessage(error: FlotillaError): boolean {
  return error.retry !== 'later' && error.code !== 'BUS_REFUSED';
}

/** Whether the message goes to POISON now, after `failures` failures that are about it. */
export function isExhausted(error: FlotillaError, failures: number): boolean {
  if (!isAboutMessage(error)) return false;
  return error.retry === 'terminal' || failures >= DELIVERIES_MAX;
}
