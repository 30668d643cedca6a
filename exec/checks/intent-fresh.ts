/** An intent past its expiry is denied, not retried; one that is valid for too long, or until no time at all, is denied too. */
import { ORDER_VALIDITY_MS_MAX } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';

export const intentFresh: Check = ({ intent, nowMs }) => {
  const { expiresAt } = intent;
  const aheadMs = Date.parse(expiresAt) - nowMs;
  if (Number.isNaN(aheadMs)) return deny('INTENT_EXPIRED', 'expiresAt must be a time of the calendar', { expiresAt });
  if (aheadMs > ORDER_VALIDITY_MS_MAX) {
    return deny('INTENT_INVALID', 'expiresAt lies too far ahead', { expiresAt, aheadMs, limitMs: ORDER_VALIDITY_MS_MAX });
  }
  return aheadMs > 0 ? undefined : deny('INTENT_EXPIRED', 'the intent is past its expiresAt', { expiresAt, lateMs: -aheadMs });
};
