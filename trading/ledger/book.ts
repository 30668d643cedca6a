/** The accounts of a strategy, or of the whole account, in one currency, with the running totals of the positions that are settled in the currency. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { ExactSum } from '../numbers/exact-sum.ts';
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';
import { type Entry, LEDGER_ACCOUNT, LEDGER_ACCOUNTS, type LedgerAccount } from './entry.ts';
import type { Exposure } from './exposure.ts';

/** Accounts that hold something, and not where it came from. */
const OWNED = [LEDGER_ACCOUNT.CASH, LEDGER_ACCOUNT.COST, LEDGER_ACCOUNT.OWED] as const;

/** Changed in place. Amounts are in units of the ledger. */
export class Book {
  readonly #accounts = Array.from({ length: LEDGER_ACCOUNTS }, () => new ExactSum());
  /** Sum of the sizes of the market values. */
  readonly gross = new ExactSum();
  /** Long market values less short ones. */
  readonly net = new ExactSum();
  readonly unrealized = new ExactSum();
  /** Open positions without a price. While there is one, the totals are not the whole. */
  unpriced = 0;

  post(entry: Entry): void {
    entry.addTo(this.#accounts);
  }

  /** The balance of one account, debits above zero. It is the account's own object and must not be changed. */
  balance(account: LedgerAccount): ExactSum {
    const balance = this.#accounts[account];
    assert(balance !== undefined, `expected an account from 0 to ${LEDGER_ACCOUNTS - 1}, found ${account}`);
    return balance;
  }

  /** Adds what is owned at market prices, less what is owed. */
  addEquity(sum: ExactSum): void {
    for (const account of OWNED) sum.addSum(this.balance(account));
    sum.addSum(this.unrealized);
  }

  /** Adds the equity less what people paid in: realized and unrealized P&L, fees, funding, dividends and exchanges. */
  addProfit(sum: ExactSum): void {
    this.addEquity(sum);
    sum.addSum(this.balance(LEDGER_ACCOUNT.CAPITAL));
  }

  addValueOf({ gross, isShort }: Exposure): void {
    this.gross.addSum(gross);
    if (isShort) this.net.subtractSum(gross);
    else this.net.addSum(gross);
  }

  subtractValueOf({ gross, isShort }: Exposure): void {
    this.gross.subtractSum(gross);
    if (isShort) this.net.addSum(gross);
    else this.net.subtractSum(gross);
  }

  addProfitOf({ unrealized, unpriced }: Exposure): void {
    this.unrealized.addSum(unrealized);
    this.unpriced += unpriced;
  }

  subtractProfitOf({ unrealized, unpriced }: Exposure): void {
    this.unrealized.subtractSum(unrealized);
    this.unpriced -= unpriced;
  }

  /** Adds the accounts of another book of the same currency; its totals are left out. */
  addAccountsOf(other: Book): void {
    for (let account = 0; account < LEDGER_ACCOUNTS; account += 1) {
      const theirs = other.#accounts[account];
      if (theirs !== undefined) this.#accounts[account]?.addSum(theirs);
    }
  }

  isBalanced(): boolean {
    const total = new ExactSum();
    for (const balance of this.#accounts) total.addSum(balance);
    return total.isZero();
  }

  /** Writes the accounts. The totals follow from positions and prices. */
  pack(writer: PackedWriter): void {
    for (const balance of this.#accounts) writer.sum(balance);
  }

  unpack(reader: PackedReader): void {
    for (const balance of this.#accounts) reader.sum(balance);
    assert(this.isBalanced(), 'the accounts of a stored book must sum to zero');
  }
}
