/** What the two orderings of the consume loop share. */
import type { FlotillaError } from '@flotilla/contracts/errors.ts';
import { DELIVERIES_MAX } from '@flotilla/contracts/limits.ts';
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

/** Whether the error ends the message now. */
export function isExhausted(error: FlotillaError, failures: number): boolean {
  return error.retry === 'terminal' || (error.retry === 'retry' && failures >= DELIVERIES_MAX);
}
