/** What a trading core is made with. One core is one account at one venue; an instrument of the core is an instrument at that venue. */
import type { AccountTerms } from '../ledger/account-terms.ts';

export interface CoreTerms {
  readonly account: AccountTerms;
  /** By instrument, as `account.instruments`: the largest move between two prices that needs no second price, in hundredths of a percent. */
  readonly bandBps: readonly number[];
  /** An older price lets no order increase risk. */
  readonly priceAgeMsMax: number;
  /** How far from the price that it faces a market order may trade, in hundredths of a percent, when no limits say less. */
  readonly marketCollarBps: number;
  /** Bound on orders that are open at once. */
  readonly openOrdersMax: number;
}

/** Ended orders that are kept, because a venue may still report a fill. Ids of older ones are known, and nothing else of them. */
export const ENDED_ORDERS_MAX = 10_000;
/** Ids of orders that have ended and are not kept, by which a repeated request is known. */
export const IDS_MAX = 1_000_000;
/** Trades of one order by which a repeated report is known. One more puts the order into quarantine. */
export const TRADES_OF_ORDER_MAX = 4_096;
