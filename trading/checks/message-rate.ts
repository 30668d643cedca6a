/** Limit on the orders that a strategy sends within a second. */
import type { Check } from './check.ts';

export const messageRate: Check = {
  code: 'MESSAGE_RATE_LIMIT',
  fails: ({ areMessagesUsedUp }) => areMessagesUsedUp,
  numbers: ({ limits }) => ({ limit: String(limits?.messagesPerSecond ?? '') }),
};
