/** The books of one owner, a strategy or the whole account: one for each currency, and the opening of the day. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { ExactSum } from '../numbers/exact-sum.ts';
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';
import type { BaseValue } from './base-value.ts';
import { Book } from './book.ts';
import { DayOpening } from './day-opening.ts';
import type { Rates } from './rates.ts';

/** `gross` and `net` are of the market values of positions; `equity` and `profit` are of everything. */
export type Measure = 'gross' | 'net' | 'equity' | 'profit';

const amount = new ExactSum();

/** Changed in place. */
export class Owner {
  readonly #currencies: number;
  /** By currency; undefined: nothing was ever booked in the currency. */
  readonly #books: (Book | undefined)[] = [];
  readonly day = new DayOpening();

  constructor(currencies: number) {
    this.#currencies = currencies;
  }

  /** The book of a currency; a new one when there is none. */
  book(currency: number): Book {
    assert(currency >= 0 && currency < this.#currencies, `expected a currency below ${this.#currencies}, found ${currency}`);
    const book = this.#books[currency] ?? new Book();
    this.#books[currency] = book;
    return book;
  }

  /** The book of a currency, when something was booked in it. */
  find(currency: number): Book | undefined {
    return this.#books[currency];
  }

  /**
   * Sets `value` to a measure in the base currency, or to the reason why it is unknown. Takes the same time for any number of positions. An exposure is
   * rounded up and the other measures down, by less than one unit of the ledger for each currency.
   */
  measure(what: Measure, rates: Rates, nowMs: number, value: BaseValue): void {
    value.clear();
    for (let currency = 0; currency < this.#books.length; currency += 1) {
      const book = this.#books[currency];
      if (book === undefined) continue;
      if (book.unpriced > 0) value.setUnknown('UNPRICED');
      setMeasure(what, book);
      rates.addTo(value, currency, amount, nowMs, what === 'gross' ? 'UP' : 'DOWN');
    }
  }

  /** Open positions without a price. */
  unpriced(): number {
    let count = 0;
    for (const book of this.#books) count += book?.unpriced ?? 0;
    return count;
  }

  /** Adds the accounts of another owner to this one. */
  addAccountsOf(other: Owner): void {
    for (const [currency, book] of other.#books.entries()) if (book !== undefined) this.book(currency).addAccountsOf(book);
  }

  pack(writer: PackedWriter): void {
    this.day.pack(writer);
    for (let currency = 0; currency < this.#currencies; currency += 1) {
      const book = this.#books[currency];
      writer.number(book === undefined ? 0 : 1);
      book?.pack(writer);
    }
  }

  unpack(reader: PackedReader): void {
    this.day.unpack(reader);
    for (let currency = 0; currency < this.#currencies; currency += 1) if (reader.count(1) === 1) this.book(currency).unpack(reader);
  }
}

function setMeasure(what: Measure, book: Book): void {
  amount.clear();
  if (what === 'gross') amount.addSum(book.gross);
  else if (what === 'net') amount.addSum(book.net);
  else if (what === 'equity') book.addEquity(amount);
  else book.addProfit(amount);
}
