/** What a service gives to the consume loop: its ports, its consumer and its handler. For `start-consumer.ts` and its parts. */
import type { EventOf, EventType } from '@flotilla/contracts/events/catalogue.ts';
import type { Bus, Clock, Delivery, Rng } from '@flotilla/contracts/ports.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Outgoing } from '../publish-event.ts';
import type { Carrier, Tracing } from '../trace/tracing.ts';

/** What a handler gets beside the event. */
export interface HandleContext {
  /** Carrier of the trace, for what the handler publishes or calls by itself. */
  readonly carrier: Carrier;
  /** Has the event's `corr_id`. */
  readonly logger: Logger;
}

export type Handle<T extends EventType> = (event: EventOf<T>, delivery: Delivery, context: HandleContext) => Promise<readonly Outgoing[]>;

export interface ConsumerOptions<T extends EventType> {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly service: string;
  readonly revision: string;
  readonly stream: string;
  readonly consumer: string;
  /** What is on the stream, or how a subject tells it. */
  readonly type: T | ((subject: string) => T);
  readonly maxInFlight: number;
  /**
   * `strict`: one at a time, in stream order, a failing one retried in place; for a consumer that one instance uses.
   * `none`: up to `maxInFlight` at once, a failing one comes back later.
   */
  readonly ordering: 'strict' | 'none';
  readonly handle: Handle<T>;
  /** Label of metrics and spans; the consumer's name unless told otherwise. */
  readonly operation?: string;
  /** Delay before the next try; {@link redeliveryDelayMs} unless told otherwise (tests). */
  readonly delayMs?: (failures: number, rng: Rng) => number;
}
