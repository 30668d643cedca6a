/** The intent must not contradict itself, its subject or this portfolio. */
import { type Check, deny } from './check.ts';

export const intentConsistent: Check = ({ intent, portfolio, subjectStrategy, numbers }) => {
  const refuse = (message: string, found: string) => deny('INTENT_INVALID', message, { found });
  if (intent.portfolio !== portfolio) return refuse(`the intent must name portfolio ${portfolio}`, intent.portfolio);
  if (intent.strategy !== subjectStrategy)
    return refuse(`the intent must name strategy ${subjectStrategy}, whose subject it came on`, intent.strategy);
  if (intent.type === 'LIMIT' && intent.limitPrice === undefined) return refuse('a LIMIT order needs a limitPrice', 'none');
  if (intent.type === 'MARKET' && intent.limitPrice !== undefined) {
    return refuse('a MARKET order takes no limitPrice', intent.limitPrice);
  }
  if (numbers === undefined) return refuse('quantity and limitPrice must be plain decimals of at most 15 digits', intent.quantity);
  return undefined;
};
