/** Limit on the orders that one strategy sends within a sliding second. */
import { type Check, deny } from './check.ts';

export const messageRate: Check = ({ policy, messagesWithinSecond }) => {
  const limit = policy?.order.maxMessagesPerSecond;
  if (limit === undefined || messagesWithinSecond < limit) return undefined;
  return deny('MESSAGE_RATE_LIMIT', 'too many orders within one second', { limit, found: messagesWithinSecond + 1 });
};
