/** An intent past its expiry is denied, not retried. */
import { type Check, deny } from './check.ts';

export const intentFresh: Check = ({ intent, nowMs }) => {
  const lateMs = nowMs - Date.parse(intent.expiresAt);
  if (lateMs < 0) return undefined;
  return deny('INTENT_EXPIRED', 'the intent is past its expiresAt', { expiresAt: intent.expiresAt, lateMs });
};
