/** The arguments and rules that the two orderings of the consume loop share. */
import type { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { DELIVERIES_MAX } from '@flotilla/contracts/values/limits.ts';
import type { Clock, Delivery } from '@flotilla/contracts/ports.ts';
import type { Logger } from '../log.ts';
import type { ProcessDelivery } from './process-delivery.ts';

/** The arguments of both orderings. */
export interface Loop {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxInFlight: number;
  readonly process: ProcessDelivery;
  readonly delayMs: (failures: number) => number;
  /** Stores the message in POISON once. The caller retries a failure. @throws FlotillaError of the bus. */
  poison(delivery: Delivery, error: FlotillaError, failures: number): Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Whether the cause of the error is the message itself. The cause is not the message when a dependency is away or when the bus refused: a missing
 * permission or a full stream refuses every message.
 */
export function isAboutMessage(error: FlotillaError): boolean {
  return error.retry !== 'later' && error.code !== 'BUS_REFUSED';
}

/** Whether the message goes to POISON now, after `failures` failures whose cause is the message. */
export function isExhausted(error: FlotillaError, failures: number): boolean {
  if (!isAboutMessage(error)) return false;
  return error.retry === 'terminal' || failures >= DELIVERIES_MAX;
}
