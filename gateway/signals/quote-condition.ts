/** Classifies a quote as normal, locked or crossed, for the normaliser and its metrics. */
import { compareDecimals, parseDecimal } from '@flotilla/contracts';

export type QuoteCondition = 'NORMAL' | 'LOCKED' | 'CROSSED';

/** LOCKED: bid equals ask; CROSSED: bid above ask (SEC Regulation NMS, rule 610(d), uses the words so). Both are plain decimals. */
export function quoteCondition(bid: string, ask: string): QuoteCondition {
  const order = compareDecimals(parseDecimal(bid), parseDecimal(ask));
  return order > 0 ? 'CROSSED' : order === 0 ? 'LOCKED' : 'NORMAL';
}
