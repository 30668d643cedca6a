/** What an account is made with, and the amounts that are booked to it. */
import type { ExactSum } from '../numbers/exact-sum.ts';
import type { CurrencyTerms } from './currency.ts';
import type { InstrumentTerms } from './instrument-terms.ts';
import type { CostMethod } from './position.ts';

export interface AccountTerms {
  /** Index of the base currency. */
  readonly base: number;
  readonly currencies: readonly CurrencyTerms[];
  readonly instruments: readonly InstrumentTerms[];
  readonly method: CostMethod;
  readonly rateAgeMsMax: number;
}

/** What an amount of cash is for. */
export type CashReason = 'CAPITAL' | 'FEES' | 'FUNDING' | 'DIVIDENDS';

/** An amount of one currency, in units of the ledger. */
export interface Money {
  readonly currency: number;
  readonly amount: ExactSum;
}
