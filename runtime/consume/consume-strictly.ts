/**
 * Handles one message at a time, in stream order. A failed message is retried in place, so that no later message overtakes it.
 *
 * A message that this process has handled and that comes again, because its ack was lost, is acknowledged and skipped.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { ACK_WAIT_MS } from '@flotilla/contracts/values/limits.ts';
import type { Consumption, Delivery } from '@flotilla/contracts/ports.ts';
import { isAboutMessage, isExhausted, type Loop } from './loop.ts';

const WORKING_INTERVAL_MS = ACK_WAIT_MS / 3;

/** Resolves when the consumption has ended. @throws the bug or lost fence that ended it. */
export async function consumeStrictly(consumption: Consumption, loop: Loop): Promise<void> {
  let last: Delivery | undefined;
  for await (const delivery of consumption) {
    if (loop.signal.aborted) continue;
    if (last !== undefined && wasDone(delivery, last)) {
      await delivery.ack();
    } else if (await settle(delivery, loop)) {
      last = delivery;
    }
  }
}

/** Whether the message was handled before. A stream that was created again counts from 1, but its messages have later times. */
function wasDone(delivery: Delivery, last: Delivery): boolean {
  return delivery.sequence <= last.sequence && delivery.storedAtMs <= last.storedAtMs;
}

/** @returns false when the message is left for the next instance because the loop stops. */
async function settle(delivery: Delivery, loop: Loop): Promise<boolean> {
  let failures = 0;
  let tries = 0;
  while (!loop.signal.aborted) {
    const outcome = await withWorking(delivery, loop, () => loop.process(delivery));
    if (outcome.kind === 'fatal') throw outcome.error;
    if (outcome.kind === 'done') {
      await delivery.ack();
      return true;
    }
    tries += 1;
    if (isAboutMessage(outcome.error)) failures += 1;
    if (isExhausted(outcome.error, failures)) {
      if (!(await poisonUntilStored(delivery, outcome.error, failures, loop))) return false;
      return true;
    }
    loop.logger.warn({ err: outcome.error, sequence: delivery.sequence, tries }, 'a message failed; retrying before any later message');
    await pause(delivery, loop, loop.delayMs(tries));
  }
  return false;
}

async function poisonUntilStored(delivery: Delivery, error: FlotillaError, failures: number, loop: Loop): Promise<boolean> {
  for (let tries = 1; !loop.signal.aborted; tries += 1) {
    try {
      await loop.poison(delivery, error, failures);
      delivery.term(error.code);
      return true;
    } catch (failure) {
      if (!(failure instanceof FlotillaError)) throw failure;
      loop.logger.error({ err: failure, sequence: delivery.sequence }, 'could not store the message in POISON; retrying');
      await pause(delivery, loop, loop.delayMs(tries));
    }
  }
  return false;
}

async function pause(delivery: Delivery, loop: Loop, delayMs: number): Promise<void> {
  await withWorking(delivery, loop, () => loop.clock.sleep(delayMs, loop.signal).catch(() => undefined));
}

/** Renews the acknowledgement window until `work` ends. */
async function withWorking<T>(delivery: Delivery, loop: Loop, work: () => Promise<T>): Promise<T> {
  let cancel: () => void = () => undefined;
  const arm = () => {
    cancel = loop.clock.after(WORKING_INTERVAL_MS, () => {
      delivery.working();
      arm();
    });
  };
  arm();
  try {
    return await work();
  } finally {
    cancel();
  }
}
