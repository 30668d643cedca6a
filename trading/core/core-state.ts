/** The parts of a trading core, which its functions share. One function changes one part, and `core.ts` is the only caller from outside. */
import { Account } from '../ledger/account.ts';
import { CheckContext, type TradingMode } from '../checks/check-context.ts';
import { InstrumentMarket } from '../market/instrument-market.ts';
import { Reaches } from '../risk/reaches.ts';
import type { CoreEvent } from './core-event.ts';
import type { CoreTerms } from './core-terms.ts';
import { OrderBook } from './order-book.ts';
import { PriceAges } from './price-ages.ts';
import { Strategies } from './strategies.ts';

/** Changed in place. */
export class CoreState {
  readonly terms: CoreTerms;
  readonly account: Account;
  readonly reaches: Reaches;
  readonly markets: readonly InstrumentMarket[];
  readonly orders = new OrderBook();
  readonly strategies = new Strategies();
  readonly ages = new PriceAges();
  readonly context = new CheckContext();
  mode: TradingMode = 'UNKNOWN';
  /** Number of the open day; -1 before the first. */
  day = -1;
  /** Counts the inputs; the cause of what they change. */
  cause = 0;
  nowMs = Number.NEGATIVE_INFINITY;
  /** What the present input has brought. */
  events: CoreEvent[] = [];
  /** Instruments whose price has changed and whose positions are not valued by it yet. */
  readonly #moved: number[] = [];
  readonly #isMoved: Uint8Array;

  constructor(terms: CoreTerms) {
    this.terms = terms;
    this.account = new Account(terms.account);
    this.reaches = new Reaches(terms.account.instruments);
    this.markets = terms.bandBps.map((bandBps) => new InstrumentMarket({ bandBps }));
    this.#isMoved = new Uint8Array(terms.bandBps.length);
  }

  /** Notes that the price of an instrument has changed. Positions are valued when somebody asks: a market moves far more often than that. */
  noteMove(instrument: number): void {
    if (this.#isMoved[instrument] === 1) return;
    this.#isMoved[instrument] = 1;
    this.#moved.push(instrument);
  }

  /** Values positions and reaches by the newest prices. */
  settle(): void {
    for (let at = 0; at < this.#moved.length; at += 1) {
      const instrument = this.#moved[at] ?? 0;
      const ticks = this.markets[instrument]?.markTicks ?? Number.NaN;
      this.#isMoved[instrument] = 0;
      this.account.price(instrument, ticks);
      this.reaches.price(instrument, ticks);
    }
    this.#moved.length = 0;
  }
}
