/** Every amount by which risk is counted must have a fresh rate into the base currency. Two currencies are never added. */
import type { Check } from './check.ts';
import type { BaseValue } from '../ledger/base-value.ts';

export const currencyKnown: Check = {
  code: 'CURRENCY_UNKNOWN',
  fails: (context) =>
    context.areAmountsKnown && (isWithoutRate(context.orderNotional) || isWithoutRate(context.gross) || isWithoutRate(context.equity)),
  numbers: ({ orderNotional, gross, equity }) => ({ order: orderNotional.state, gross: gross.state, equity: equity.state }),
};

function isWithoutRate({ state }: BaseValue): boolean {
  return state === 'RATE_UNKNOWN' || state === 'RATE_STALE';
}
