/** Handles up to `maxInFlight` messages at once. Handlers start in the order of arrival, and the bus redelivers a failed message later. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { REDELIVERY_DELAY_MS_MIN } from '@flotilla/contracts/values/limits.ts';
import type { Consumption, Delivery } from '@flotilla/contracts/ports.ts';
import { isAboutMessage, isExhausted, type Loop } from './loop.ts';

/** Bound on failed messages whose failures are counted. Beyond it, the count of the oldest one starts again. */
const FAILING_MAX = 10_000;

/** Resolves when the consumption has ended and every message is handled. @throws the bug or lost fence that ended it. */
export async function consumeConcurrently(consumption: Consumption, loop: Loop): Promise<void> {
  /** Failures by stream sequence. The bus's delivery count does not fit, because an outage delivers often. */
  const failuresOf = new Map<number, number>();
  const running = new Set<Promise<void>>();
  let fatal: { readonly error: Error } | undefined;

  const settle = async (delivery: Delivery) => {
    const outcome = await loop.process(delivery);
    if (outcome.kind === 'done') {
      failuresOf.delete(delivery.sequence);
      await delivery.ack();
      return;
    }
    if (outcome.kind === 'fatal') {
      fatal ??= { error: outcome.error };
      await consumption.stop();
      return;
    }
    const { error } = outcome;
    const failures = (failuresOf.get(delivery.sequence) ?? 0) + (isAboutMessage(error) ? 1 : 0);
    remember(failuresOf, delivery.sequence, failures);
    if (isExhausted(error, failures)) {
      await bury(delivery, failures);
      return;
    }
    loop.logger.warn({ err: error, sequence: delivery.sequence, failures }, 'a message failed; the bus redelivers it');
    delivery.nak(loop.delayMs(Math.max(failures, delivery.deliveryCount)));

    async function bury(delivery: Delivery, failures: number) {
      try {
        await loop.poison(delivery, error, failures);
        failuresOf.delete(delivery.sequence);
        delivery.term(error.code);
      } catch (failure) {
        if (!(failure instanceof FlotillaError)) throw failure;
        loop.logger.error({ err: failure, sequence: delivery.sequence }, 'could not store the message in POISON; the bus redelivers it');
        delivery.nak(REDELIVERY_DELAY_MS_MIN);
      }
    }
  };

  for await (const delivery of consumption) {
    if (fatal !== undefined) break;
    if (loop.signal.aborted) {
      delivery.nak(0);
      continue;
    }
    const work = settle(delivery);
    running.add(work);
    void work.finally(() => running.delete(work));
    if (running.size >= loop.maxInFlight) await Promise.race(running);
  }
  await Promise.all(running);
  if (fatal !== undefined) throw fatal.error;
}

function remember(failuresOf: Map<number, number>, sequence: number, failures: number): void {
  failuresOf.set(sequence, failures);
  if (failuresOf.size <= FAILING_MAX) return;
  const oldest = failuresOf.keys().next().value;
  if (oldest !== undefined) failuresOf.delete(oldest);
}
