/** The intent's expiry must be a real time that lies in the future, and not too far. */
import { ORDER_VALIDITY_MS_MAX } from '@flotilla/contracts';
import { type Check, deny } from './check.ts';

export const intentFresh: Check = ({ intent, nowMs }) => {
  const { expiresAt } = intent;
  const aheadMs = Date.parse(expiresAt) - nowMs;
  if (Number.isNaN(aheadMs)) return deny('INTENT_EXPIRED', 'expiresAt must be a time of the calendar', { expiresAt });
  if (aheadMs > ORDER_VALIDITY_MS_MAX) {
    return deny('INTENT_INVALID', 'expiresAt is too far in the future', { expiresAt, aheadMs, limitMs: ORDER_VALIDITY_MS_MAX });
  }
  return aheadMs > 0 ? undefined : deny('INTENT_EXPIRED', 'the intent is past its expiresAt', { expiresAt, lateMs: -aheadMs });
};
