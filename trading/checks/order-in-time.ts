/** An order that comes after its time is denied. */
import type { Check } from './check.ts';

export const orderInTime: Check = {
  code: 'INTENT_EXPIRED',
  fails: ({ nowMs, validUntilMs }) => nowMs > validUntilMs,
  numbers: ({ nowMs, validUntilMs }) => ({ limitMs: String(validUntilMs), foundMs: String(nowMs) }),
};
