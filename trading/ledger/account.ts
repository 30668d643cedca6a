/**
 * A whole account: positions of its strategies, double entry in every currency, running totals, rates and the opening of the day. Each method is one event;
 * the state is a fold over the events, and reads no clock.
 *
 * Strategies, instruments and currencies are whole numbers that the caller gives. Every entry is booked to the strategy and to the account, so the books of
 * the strategies always sum to those of the account. After an error that a docstring does not name, the account must be built again from its snapshot.
 */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { ExactSum } from '../numbers/exact-sum.ts';
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';
import type { AccountTerms, CashReason, Money } from './account-terms.ts';
import { BaseValue } from './base-value.ts';
import type { Book } from './book.ts';
import { CURRENCIES_MAX } from './currency.ts';
import { Entry, LEDGER_ACCOUNT, type LedgerAccount } from './entry.ts';
import type { Holding } from './holding.ts';
import { Holdings, INSTRUMENTS_MAX, STRATEGIES_MAX } from './holdings.ts';
import { type Measure, Owner } from './owner.ts';
import type { Split } from './position.ts';
import { type Rate, Rates, type RateTime } from './rates.ts';
import { TradedInstrument } from './traded-instrument.ts';

/** The strategy to which everything is booked that belongs to none, for example deposits. */
export const OWN_STRATEGY = 0;

const ZERO: ExactSum = new ExactSum();
const { CASH, COST, OWED, REALIZED, DIVIDENDS, EXCHANGED } = LEDGER_ACCOUNT;

/** Changed in place. */
export class Account {
  readonly terms: AccountTerms;
  /** The books of the account itself: what is asked of them is of all strategies together. */
  readonly #whole: Owner;
  /** By strategy. */
  readonly #owners: (Owner | undefined)[] = [];
  readonly #holdings: Holdings;
  /** By instrument. */
  readonly #instruments: (TradedInstrument | undefined)[] = [];
  /** Rates into the base currency. */
  readonly rates: Rates;
  readonly #entry = new Entry();
  readonly #profit = new BaseValue();
  readonly #costBefore = new ExactSum();
  readonly #realizedBefore = new ExactSum();
  readonly #amount = new ExactSum();

  constructor(terms: AccountTerms) {
    const { base, currencies, instruments } = terms;
    assert(
      currencies.length <= CURRENCIES_MAX && currencies[base] !== undefined,
      `expected a base currency among at most ${CURRENCIES_MAX}`,
    );
    assert(instruments.length <= INSTRUMENTS_MAX, `expected at most ${INSTRUMENTS_MAX} instruments, found ${instruments.length}`);
    this.terms = terms;
    this.#whole = new Owner(currencies.length);
    this.#holdings = new Holdings(terms.method);
    this.rates = new Rates(base, currencies.length, terms.rateAgeMsMax);
  }

  /**
   * Books a trade. Fees are booked by {@link cash}.
   *
   * @param ticks whole and above zero
   * @param signedLots whole; above zero: bought; below zero: sold
   * @throws FlotillaError `NUMBER_OUT_OF_RANGE` beyond the bound on holdings; nothing has changed then
   */
  trade(strategy: number, instrument: number, ticks: number, signedLots: number): void {
    assert(Number.isSafeInteger(ticks) && ticks > 0, `expected a price of whole ticks above zero, found ${ticks}`);
    assert(Number.isSafeInteger(signedLots) && signedLots !== 0, `expected whole lots other than zero, found ${signedLots}`);
    const owner = this.#owner(strategy);
    const traded = this.#instrument(instrument);
    const holding = this.#holdings.findOrAdd(strategy, instrument);
    const book = owner.book(traded.terms.currency);
    this.#beginChange(traded, holding, book);
    holding.position.trade(traded.terms, ticks, signedLots);
    this.#endChange(traded, holding, book);
  }

  /**
   * Books a split to every strategy. The price of the instrument is unknown until the next one, because the last one is of the lots of before.
   *
   * @throws FlotillaError `NUMBER_OUT_OF_RANGE` when a position would reach 2^53 lots on the way; nothing has changed then
   */
  split(instrument: number, split: Split): void {
    const { numerator, denominator, ticksInLieu } = split;
    const isWhole = [numerator, denominator, ticksInLieu].every((value) => Number.isSafeInteger(value) && value > 0);
    assert(isWhole, 'expected a split of whole numbers above zero');
    const traded = this.#instrument(instrument);
    assert(traded.terms.inverseUnits === undefined, 'expected a split of a linear instrument');
    for (const { position } of traded.holdings)
      if (!Number.isSafeInteger(position.lots * numerator))
        throw new FlotillaError('NUMBER_OUT_OF_RANGE', `expected ${position.lots} × ${numerator} lots to be below 2^53`);
    this.price(instrument, Number.NaN);
    // By strategy, because the order of the list depends on the history, and a copy, because a position that becomes flat leaves the list.
    for (const holding of traded.holdings.toSorted((left, right) => left.strategy - right.strategy)) {
      const book = this.#owner(holding.strategy).book(traded.terms.currency);
      this.#beginChange(traded, holding, book);
      holding.position.split(split);
      this.#endChange(traded, holding, book);
    }
  }

  /** Books a cash dividend of `unitsPerLot` units of the ledger: long positions receive it, and short positions pay it. */
  dividend(instrument: number, unitsPerLot: number): void {
    const traded = this.#instrument(instrument);
    for (const { strategy, position } of traded.holdings) {
      this.#amount.clear();
      this.#amount.addProduct(position.lots, unitsPerLot);
      this.#book(strategy, traded.terms.currency, CASH, DIVIDENDS, this.#amount);
    }
  }

  /** Books cash that comes in (above zero) or goes out: capital, a fee (below zero) of any currency, funding. */
  cash(strategy: number, reason: CashReason, { currency, amount }: Money): void {
    this.#book(strategy, currency, CASH, LEDGER_ACCOUNT[reason], amount);
  }

  /** Books cash of one currency that becomes cash of another one. */
  exchange(strategy: number, paid: Money, received: Money): void {
    assert(paid.currency !== received.currency, 'expected an exchange of two currencies');
    this.#book(strategy, paid.currency, EXCHANGED, CASH, paid.amount);
    this.#book(strategy, received.currency, CASH, EXCHANGED, received.amount);
  }

  /** Takes the price at which the positions of an instrument are valued. NaN: none is known any more. */
  price(instrument: number, ticks: number): void {
    assert(Number.isNaN(ticks) || (Number.isSafeInteger(ticks) && ticks > 0), `expected whole ticks above zero, or NaN, found ${ticks}`);
    const traded = this.#instrument(instrument);
    if (traded.ticks === ticks) return;
    traded.ticks = ticks;
    const { terms, exposure, holdings, netLots } = traded;
    if (holdings.length === 0) return;
    const whole = this.#whole.book(terms.currency);
    whole.subtractValueOf(exposure);
    exposure.setValue(terms, netLots, ticks);
    whole.addValueOf(exposure);
    for (let place = 0; place < holdings.length; place += 1) {
      const holding = holdings[place];
      if (holding === undefined) continue;
      const book = this.#owner(holding.strategy).book(terms.currency);
      subtractFrom(book, whole, holding);
      holding.exposure.set(terms, holding.position, ticks);
      addTo(book, whole, holding);
    }
  }

  /** Takes a rate of a currency in the base currency. False for a rate that is not newer than the known one, or from too far ahead. */
  rate(currency: number, rate: Rate, time: RateTime): boolean {
    return this.rates.take(currency, rate, time);
  }

  /**
   * Opens a day for the account and every strategy. When a profit is unknown, the loss of the day is unknown too, until the same day is opened again with
   * prices and rates.
   *
   * @param day whole number that grows from day to day; an older one changes nothing
   */
  openDay(day: number, nowMs: number): void {
    for (const owner of [this.#whole, ...this.#owners]) {
      if (owner === undefined || !owner.day.isDue(day)) continue;
      owner.measure('profit', this.rates, nowMs, this.#profit);
      owner.day.open(day, this.#profit);
    }
  }

  /** Sets `value` to a measure of a strategy, or of the account when `strategy` is undefined, in the base currency. */
  measure(what: Measure, strategy: number | undefined, nowMs: number, value: BaseValue): void {
    this.#ownerOf(strategy).measure(what, this.rates, nowMs, value);
  }

  /** Sets `value` to the loss of the day of a strategy or of the account; below zero: won. */
  dayLoss(strategy: number | undefined, nowMs: number, value: BaseValue): void {
    const owner = this.#ownerOf(strategy);
    owner.measure('profit', this.rates, nowMs, this.#profit);
    owner.day.setLoss(value, this.#profit);
  }

  /** Open positions of a strategy or of the account without a price. */
  unpriced(strategy: number | undefined): number {
    return this.#ownerOf(strategy).unpriced();
  }

  /** The balance of one account in one currency, debits above zero. It must not be changed. */
  balance(strategy: number | undefined, currency: number, account: LedgerAccount): ExactSum {
    return this.#ownerOf(strategy).find(currency)?.balance(account) ?? ZERO;
  }

  /** Lots of a strategy, or of all together. */
  lots(strategy: number | undefined, instrument: number): number {
    if (strategy === undefined) return this.#instruments[instrument]?.netLots ?? 0;
    return this.#holdings.find(strategy, instrument)?.position.lots ?? 0;
  }

  /** Open holdings, and the flat ones that are still known. */
  holdingCount(): number {
    return this.#holdings.count();
  }

  pack(writer: PackedWriter): void {
    this.rates.pack(writer);
    this.#whole.day.pack(writer);
    packSparse(writer, this.#owners, (owner) => owner.pack(writer));
    packSparse(writer, this.#instruments, ({ ticks }) => writer.number(ticks));
    this.#holdings.pack(writer);
  }

  /** Takes the state that {@link pack} wrote. The account must be new, with the same terms. The books of the account are the sum of its strategies'. */
  unpack(reader: PackedReader): void {
    this.rates.unpack(reader);
    this.#whole.day.unpack(reader);
    for (let left = reader.count(STRATEGIES_MAX); left > 0; left -= 1) {
      const owner = this.#owner(reader.number());
      owner.unpack(reader);
      this.#whole.addAccountsOf(owner);
    }
    for (let left = reader.count(INSTRUMENTS_MAX); left > 0; left -= 1) this.#instrument(reader.number()).ticks = reader.number();
    this.#holdings.unpack(reader);
    for (const holding of this.#holdings.sorted()) this.#unpackHolding(holding);
  }

  #unpackHolding(holding: Holding): void {
    const traded = this.#instrument(holding.instrument);
    if (holding.position.lots === 0) return;
    traded.place(holding);
    traded.netLots += holding.position.lots;
    const whole = this.#whole.book(traded.terms.currency);
    whole.subtractValueOf(traded.exposure);
    traded.exposure.setValue(traded.terms, traded.netLots, traded.ticks);
    whole.addValueOf(traded.exposure);
    holding.exposure.set(traded.terms, holding.position, traded.ticks);
    addTo(this.#owner(holding.strategy).book(traded.terms.currency), whole, holding);
  }

  /** Takes what a holding adds out of the totals, and notes what its position is worth. */
  #beginChange(traded: TradedInstrument, holding: Holding, book: Book): void {
    const whole = this.#whole.book(traded.terms.currency);
    whole.subtractValueOf(traded.exposure);
    subtractFrom(book, whole, holding);
    traded.netLots -= holding.position.lots;
    this.#costBefore.set(holding.position.cost);
    this.#realizedBefore.set(holding.position.realized);
  }

  /** Books what has changed of cost and realized P&L, and puts the holding back into the totals. */
  #endChange(traded: TradedInstrument, holding: Holding, book: Book): void {
    const { terms } = traded;
    const { cost, realized, lots } = holding.position;
    const whole = this.#whole.book(terms.currency);
    const entry = this.#entry;
    entry.clear();
    const payer = terms.isMargined ? OWED : CASH;
    this.#setChange(cost, this.#costBefore, terms.unitsPerStep);
    entry.debit(COST, this.#amount);
    entry.credit(payer, this.#amount);
    this.#setChange(realized, this.#realizedBefore, terms.unitsPerStep);
    entry.debit(CASH, this.#amount);
    entry.credit(REALIZED, this.#amount);
    post(entry, book, whole);
    traded.netLots += lots;
    assert(Number.isSafeInteger(traded.netLots), `expected a net position below 2^53 lots, found ${traded.netLots}`);
    traded.exposure.setValue(terms, traded.netLots, traded.ticks);
    whole.addValueOf(traded.exposure);
    holding.exposure.set(terms, holding.position, traded.ticks);
    addTo(book, whole, holding);
    if (traded.place(holding)) this.#holdings.noteFlat(holding);
  }

  /** Sets the reused amount to what has changed, in units of the ledger. */
  #setChange(after: ExactSum, before: ExactSum, unitsPerStep: number): void {
    before.subtractSum(after);
    this.#amount.clear();
    this.#amount.addScaled(before, -unitsPerStep);
  }

  #book(strategy: number, currency: number, debited: LedgerAccount, credited: LedgerAccount, amount: ExactSum): void {
    this.#entry.clear();
    this.#entry.debit(debited, amount);
    this.#entry.credit(credited, amount);
    post(this.#entry, this.#owner(strategy).book(currency), this.#whole.book(currency));
  }

  #ownerOf(strategy: number | undefined): Owner {
    return strategy === undefined ? this.#whole : (this.#owners[strategy] ?? this.#makeOwner());
  }

  #owner(strategy: number): Owner {
    const known = this.#owners[strategy];
    if (known !== undefined) return known;
    const isBounded = Number.isSafeInteger(strategy) && strategy >= 0 && strategy < STRATEGIES_MAX;
    assert(isBounded, `expected a strategy below ${STRATEGIES_MAX}, found ${strategy}`);
    const owner = this.#makeOwner();
    this.#owners[strategy] = owner;
    return owner;
  }

  /** A strategy without books begins with the day of the account and a profit of zero. */
  #makeOwner(): Owner {
    const owner = new Owner(this.terms.currencies.length);
    this.#profit.clear();
    if (this.#whole.day.day >= 0) owner.day.open(this.#whole.day.day, this.#profit);
    return owner;
  }

  #instrument(instrument: number): TradedInstrument {
    const known = this.#instruments[instrument];
    if (known !== undefined) return known;
    const terms = this.terms.instruments[instrument];
    assert(terms !== undefined, `expected an instrument below ${this.terms.instruments.length}, found ${instrument}`);
    const traded = new TradedInstrument(terms);
    this.#instruments[instrument] = traded;
    return traded;
  }
}

function subtractFrom(book: Book, whole: Book, { exposure }: Holding): void {
  book.subtractValueOf(exposure);
  book.subtractProfitOf(exposure);
  whole.subtractProfitOf(exposure);
}

function addTo(book: Book, whole: Book, { exposure }: Holding): void {
  book.addValueOf(exposure);
  book.addProfitOf(exposure);
  whole.addProfitOf(exposure);
}

function post(entry: Entry, book: Book, whole: Book): void {
  assert(entry.isBalanced(), 'the amounts of an entry must sum to zero');
  book.post(entry);
  whole.post(entry);
}

/** Writes the entries of a list by their index, without the gaps. */
function packSparse<T>(writer: PackedWriter, list: readonly (T | undefined)[], pack: (one: T) => void): void {
  const known = [...list.entries()].filter(([, one]) => one !== undefined);
  writer.number(known.length);
  for (const [index, one] of known) {
    if (one === undefined) continue;
    writer.number(index);
    pack(one);
  }
}
