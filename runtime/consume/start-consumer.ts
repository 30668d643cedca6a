/**
 * The consume loop that every service runs on: validate ▸ handle ▸ publish with awaited acknowledgement ▸ ack.
 *
 * A message whose handling fails with a terminal error goes to POISON at once; with a `retry` error, after {@link DELIVERIES_MAX} tries with
 * growing delays. After a `later` error (a dependency is away) or a refusal by the bus, the loop retries without limit: an outage never poisons.
 * A bug (AssertionError, or any error without a code) and a lost fence (`FENCED`) end the loop.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { EventType } from '@flotilla/contracts/events/catalogue.ts';
import type { Consumption } from '@flotilla/contracts/ports.ts';
import { makePrivateMessageIds } from '../private-message-ids.ts';
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
  /** Stops pulling. Resolves when the handlers that run have finished. */
  stop(): Promise<void>;
  /** Why the consumer does not consume at the moment; undefined while it does. */
  healthy(): string | undefined;
  /** Resolves after {@link stop}. Rejects with the bug or lost fence that ended the loop; a rejection that is not handled ends the process. */
  readonly ended: Promise<void>;
}

const OPEN_DELAYS = { firstMs: 50, maxMs: 2_000 } as const;

/** Resolves at once; waits in the background until the stream and consumer are there. */
export function startConsumer<T extends EventType>(options: ConsumerOptions<T>): Promise<RunningConsumer> {
  const { stream, consumer } = options;
  const stopping = new AbortController();
  let consumption: Consumption | undefined;
  let problem: string | undefined = `consumer ${consumer} of ${stream} is not open yet`;
  const onProblem = (found: string | undefined): void => {
    problem = found;
  };

  const run = async (): Promise<void> => {
    consumption = await openConsumption(options, stopping.signal, onProblem);
    if (consumption === undefined) return;
    try {
      // Stopped while it opened: the consumption did not exist yet when stop() was called.
      if (stopping.signal.aborted) return;
      problem = undefined;
      options.logger.info({ stream, consumer }, 'consuming');
      const consume = options.ordering === 'strict' ? consumeStrictly : consumeConcurrently;
      await consume(consumption, makeLoop(options, stopping.signal));
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

/** Retries until the stream and consumer are there; undefined when `signal` aborts before. */
async function openConsumption<T extends EventType>(
  { bus, clock, rng, logger, stream, consumer, maxInFlight, ordering }: ConsumerOptions<T>,
  signal: AbortSignal,
  onProblem: (problem: string | undefined) => void,
): Promise<Consumption | undefined> {
  const open = (): Promise<Consumption> =>
    bus.consume(stream, consumer, { maxInFlight, resume: ordering === 'strict' ? 'ackFloor' : 'none' });
  const operation = `open consumer ${consumer} of ${stream}`;
  try {
    return await retryWithBackOff(open, {
      clock,
      rng,
      logger,
      signal,
      operation,
      delays: OPEN_DELAYS,
      triesMax: 'untilAborted',
      onProblem,
    });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

function makeLoop<T extends EventType>(options: ConsumerOptions<T>, signal: AbortSignal): Loop {
  const { bus, clock, rng, logger, stream, maxInFlight, delayMs = redeliveryDelayMs } = options;
  const messageIdOf = makePrivateMessageIds(rng);
  return {
    clock,
    logger,
    maxInFlight,
    process: makeProcessDelivery(options),
    delayMs: (failures) => delayMs(failures, rng),
    signal,
    async poison(delivery, error, failures) {
      const deliveryCount = Math.max(failures, delivery.deliveryCount);
      const outgoing = poisonEvent({ ...options, delivery, error, deliveryCount });
      // Every consumer writes POISON, and can name the records of the others.
      await publishEvent(bus, { ...outgoing, messageId: messageIdOf(outgoing.event.id) });
      logger.error({ err: error, stream, sequence: delivery.sequence, subject: delivery.subject }, 'message poisoned');
    },
  };
}
