/**
 * The consume loop that every service runs on: validate ▸ handle ▸ publish with awaited acknowledgement ▸ ack.
 *
 * A terminal error goes to POISON at once, a `retry` error after {@link DELIVERIES_MAX} tries with growing delays. A `later` error (a
 * dependency is away) and a refusal by the bus are tried again without limit: an outage never poisons. A bug (AssertionError, or any error
 * without a code) and a lost fence (`FENCED`) end the loop.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { EventType } from '@flotilla/contracts/events/catalogue.ts';
import type { Consumption } from '@flotilla/contracts/ports.ts';
import { publishEvent } from '../publish-event.ts';
import { retryWithBackOff } from '../retry/retry-with-back-off.ts';
import { consumeConcurrently } from './consume-concurrently.ts';
import { consumeStrictly } from './consume-strictly.ts';
import type { ConsumerOptions } from './consumer-options.ts';
import type { Loop } from './loop.ts';
import { poisonEvent } from './poison-event.ts';
import { makeProcessDelivery } from './process-delivery.ts';
import { redeliveryDelayMs } from './redelivery-delay.ts';

export interface RunningConsumer {
  /** Stops pulling, lets what is being handled finish, and resolves. */
  stop(): Promise<void>;
  /** Why it does not consume at the moment; undefined when it does. */
  healthy(): string | undefined;
  /** Resolves after {@link stop}; rejects with the bug or lost fence that ended the loop. Unobserved, that ends the process. */
  readonly ended: Promise<void>;
}

const OPEN_DELAYS = { firstMs: 50, maxMs: 2_000 } as const;

/** Resolves at once; waits in the background until the stream and consumer are there. */
export function startConsumer<T extends EventType>(options: ConsumerOptions<T>): Promise<RunningConsumer> {
  const { clock, logger, stream, consumer, rng } = options;
  const stopping = new AbortController();
  let consumption: Consumption | undefined;
  let problem: string | undefined = `consumer ${consumer} of ${stream} is not open yet`;

  const loop: Loop = {
    clock,
    logger,
    maxInFlight: options.maxInFlight,
    process: makeProcessDelivery(options),
    delayMs: (failures) => (options.delayMs ?? redeliveryDelayMs)(failures, rng),
    signal: stopping.signal,
    async poison(delivery, error, failures) {
      const deliveryCount = Math.max(failures, delivery.deliveryCount);
      await publishEvent(options.bus, poisonEvent({ ...options, delivery, error, deliveryCount }));
      logger.error({ err: error, stream, sequence: delivery.sequence, subject: delivery.subject }, 'message poisoned');
    },
  };

  const open = (): Promise<Consumption> =>
    retryWithBackOff(
      () =>
        options.bus.consume(stream, consumer, {
          maxInFlight: options.maxInFlight,
          resume: options.ordering === 'strict' ? 'ackFloor' : 'none',
        }),
      {
        clock,
        rng,
        logger,
        signal: stopping.signal,
        operation: `open consumer ${consumer} of ${stream}`,
        delays: OPEN_DELAYS,
        triesMax: 'untilAborted',
        onProblem(found) {
          problem = found;
        },
      },
    );

  const run = async () => {
    try {
      consumption = await open();
    } catch (error) {
      if (stopping.signal.aborted) return;
      throw error;
    }
    try {
      // Stopped while it opened: the consumption did not exist yet when stop() was called.
      if (stopping.signal.aborted) return;
      problem = undefined;
      logger.info({ stream, consumer }, 'consuming');
      const consume = options.ordering === 'strict' ? consumeStrictly : consumeConcurrently;
      await consume(consumption, loop);
    } finally {
      await consumption.stop();
    }
  };

  const ended = run().catch((error: unknown) => {
    problem = error instanceof Error ? error.message : String(error);
    throw error;
  });
  return Promise.resolve({
    async stop() {
      stopping.abort(new FlotillaError('BUS_UNAVAILABLE', 'the consumer was stopped'));
      await consumption?.stop();
      await ended.catch(() => undefined);
    },
    healthy: () => problem ?? consumption?.problem?.(),
    ended,
  });
}
