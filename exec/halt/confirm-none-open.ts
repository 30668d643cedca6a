/**
 * Confirms twice in a row that no order is open that a halt does not tolerate; what is found open is cancelled again.
 *
 * The halt of the account and the halt of one strategy both end with it.
 */
import { assert, AssertionError, type Clock } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';

const CONFIRMATIONS = 2;
const DELAY_MS_MIN = 5;
/** Longest time between two looks while orders stay open, or while the venue does not answer. */
const DELAY_MS_MAX = 1_000;

export interface ConfirmNoneOpenOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Orders that are open and not tolerated, as the venue sees them. */
  readonly countOpen: () => Promise<number>;
  readonly cancelOpen: () => void;
  /** False once the halt was released or replaced by another one. */
  readonly isInForce: () => boolean;
}

/** Resolves with true when no order was open twice in a row, with false when the halt is no longer in force. Never gives up before. */
export async function confirmNoneOpen({ clock, logger, countOpen, cancelOpen, isInForce }: ConfirmNoneOpenOptions): Promise<boolean> {
  let delayMs = DELAY_MS_MIN;
  let confirmations = 0;
  for (;;) {
    try {
      const count = await countOpen();
      assert(Number.isSafeInteger(count) && count >= 0, `expected a number of open orders, found ${count}`);
      confirmations = count === 0 ? confirmations + 1 : 0;
      if (!isInForce()) return false;
      if (count > 0) cancelOpen();
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      confirmations = 0;
      logger.error({ err: error }, 'the venue did not tell its open orders; asking again');
      if (!isInForce()) return false;
    }
    if (confirmations === CONFIRMATIONS) return true;
    await clock.sleep(delayMs);
    if (confirmations === 0) delayMs = Math.min(DELAY_MS_MAX, delayMs * 2);
  }
}
