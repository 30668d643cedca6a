/** The options of the consume loop: ports, consumer and handler of the service. For `start-consumer.ts` and its parts. */
import type { EventOf, EventType } from '@flotilla/contracts/events/catalogue.ts';
import type { Bus, Clock, Delivery, Rng } from '@flotilla/contracts/ports.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Outgoing } from '../publish-event.ts';
import type { Carrier, Tracing } from '../trace/tracing.ts';

/** Arguments of a handler beside the event. */
export interface HandleContext {
  /** Carrier of the trace, for requests and publications that the handler makes itself. */
  readonly carrier: Carrier;
  /** A logger with the event's `corr_id`. */
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
  /** Type of the events on the stream, or a function that gives the type for a subject. */
  readonly type: T | ((subject: string) => T);
  readonly maxInFlight: number;
  /**
   * `strict`: one message at a time, in stream order; a failed message is retried in place. For a consumer that one instance uses.
   * `none`: up to `maxInFlight` messages at once; a failed message comes again later.
   */
  readonly ordering: 'strict' | 'none';
  readonly handle: Handle<T>;
  /** Label of metrics and spans. Default: the name of the consumer. */
  readonly operation?: string;
  /** Delay before the next try, for tests. Default: {@link redeliveryDelayMs}. */
  readonly delayMs?: (failures: number, rng: Rng) => number;
}
