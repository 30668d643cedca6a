/**
 * One entry of double entry: amounts to accounts of one currency, which together are zero.
 *
 * Debits are above zero and credits below. So what is owned (cash, positions at cost) is above zero, and capital and profit, which say where it came from, are
 * below.
 */
import { ExactSum } from '../numbers/exact-sum.ts';

/** Accounts that a strategy has in each currency. */
export const LEDGER_ACCOUNT = {
  CASH: 0,
  /** Open positions at what they cost. */
  COST: 1,
  /** What the open margined positions cost and cash has not paid; it balances COST. */
  OWED: 2,
  /** Paid in and out by people. */
  CAPITAL: 3,
  /** Profit of closed parts of positions, before fees. */
  REALIZED: 4,
  FEES: 5,
  FUNDING: 6,
  DIVIDENDS: 7,
  /** The other side of an exchange into another currency. */
  EXCHANGED: 8,
} as const;
export type LedgerAccount = (typeof LEDGER_ACCOUNT)[keyof typeof LEDGER_ACCOUNT];
export const LEDGER_ACCOUNTS = 9;

const total = new ExactSum();

/** Changed in place, and used again for the next entry. */
export class Entry {
  readonly #amounts = Array.from({ length: LEDGER_ACCOUNTS }, () => new ExactSum());

  clear(): void {
    for (const amount of this.#amounts) amount.clear();
  }

  debit(account: LedgerAccount, amount: ExactSum): void {
    this.#amounts[account]?.addSum(amount);
  }

  credit(account: LedgerAccount, amount: ExactSum): void {
    this.#amounts[account]?.subtractSum(amount);
  }

  isBalanced(): boolean {
    total.clear();
    for (const amount of this.#amounts) total.addSum(amount);
    return total.isZero();
  }

  /** Adds every amount to the account of the same number. */
  addTo(accounts: readonly ExactSum[]): void {
    for (let account = 0; account < LEDGER_ACCOUNTS; account += 1) {
      const amount = this.#amounts[account];
      if (amount !== undefined && !amount.isZero()) accounts[account]?.addSum(amount);
    }
  }
}
