/** One instrument in an account: its price, the open holdings of all strategies, and the net position of the account. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { Exposure } from './exposure.ts';
import type { Holding } from './holding.ts';
import type { InstrumentTerms } from './instrument-terms.ts';

/** Changed in place. */
export class TradedInstrument {
  readonly terms: InstrumentTerms;
  /** The price at which positions are valued; NaN: none. */
  ticks = Number.NaN;
  /** Sum of the lots of all strategies. */
  netLots = 0;
  /** The market value of the net position. */
  readonly exposure = new Exposure();
  /** Open, in no order. */
  readonly holdings: Holding[] = [];

  constructor(terms: InstrumentTerms) {
    this.terms = terms;
  }

  /** Puts a holding among the open ones or takes it away, as its position says. Whether it became flat. */
  place(holding: Holding): boolean {
    const isOpen = holding.position.lots !== 0;
    if (isOpen === holding.place >= 0) return false;
    if (isOpen) {
      holding.place = this.holdings.length;
      this.holdings.push(holding);
      holding.flatStamp = -1;
      return false;
    }
    const last = this.holdings.pop();
    assert(last !== undefined, 'an open holding is among those of its instrument');
    if (last !== holding) {
      last.place = holding.place;
      this.holdings[holding.place] = last;
    }
    holding.place = -1;
    return true;
  }
}
