/**
 * A trading core with a simulated exchange for each of its instruments: what a backtest and a paper account are made of.
 *
 * Market data reaches the core first and the exchange then, so that an order is decided by the price that it meets. A report reaches the core when the
 * latency model says that the sender hears of it.
 */
import { Core } from '../core/core.ts';
import type { CoreEvent } from '../core/core-event.ts';
import type { CoreInput, PlaceOrder } from '../core/core-input.ts';
import type { CoreTerms } from '../core/core-terms.ts';
import { step } from '../core/step.ts';
import type { Sides } from '../market/quote.ts';
import type { Bar, MarketTrade } from '../simulator/market-data.ts';
import type { Report } from '../simulator/report.ts';
import { Simulator } from '../simulator/simulator.ts';
import type { SimulatorTerms } from '../simulator/simulator-terms.ts';

export interface PaperTerms {
  readonly core: CoreTerms;
  /** Called once for each instrument, when its first data or order comes. */
  venueOf(instrument: number): SimulatorTerms;
  /** Takes every event of the core, in order. */
  readonly onEvent: (event: CoreEvent) => void;
}

/** Changed in place. */
export class PaperAccount {
  readonly core: Core;
  readonly #terms: PaperTerms;
  readonly #venues: (Simulator | undefined)[] = [];
  /** Reports on their way to the core, by the time at which they are heard. */
  readonly #onTheirWay: Report[] = [];

  constructor(terms: PaperTerms) {
    this.core = new Core(terms.core);
    this.#terms = terms;
  }

  quote(instrument: number, sides: Sides, sourceMs: number, sequence: number, nowMs: number): void {
    this.#hear(nowMs);
    this.core.quote(instrument, sides, sourceMs, sequence, nowMs);
    const reports = this.#venue(instrument).quote(sides, sourceMs, sequence, nowMs);
    if (reports.length > 0) this.#send(reports, nowMs);
  }

  /** A trade of others. */
  trade(instrument: number, trade: MarketTrade, nowMs: number): void {
    this.#hear(nowMs);
    this.core.print(instrument, trade.ticks, trade.sourceMs, trade.sequence, nowMs);
    this.#send(this.#venue(instrument).trade(trade, nowMs), nowMs);
  }

  /** A bar that has closed. Its close is the price that counts. */
  bar(instrument: number, bar: Bar, nowMs: number): void {
    this.#hear(nowMs);
    this.core.print(instrument, bar.closeTicks, bar.closeMs, 0, nowMs);
    this.#send(this.#venue(instrument).bar(bar, nowMs), nowMs);
  }

  /** Any other input of the core. */
  take(input: Exclude<CoreInput, { readonly kind: 'QUOTE' | 'PRINT' }>, nowMs: number): void {
    this.#hear(nowMs);
    this.#carryOut(step(this.core, input, nowMs), nowMs);
  }

  place(order: PlaceOrder, nowMs: number): void {
    this.take({ kind: 'PLACE', order }, nowMs);
  }

  /** Lets time pass: commands arrive, orders expire, and reports are heard. */
  advance(nowMs: number): void {
    for (const venue of this.#venues) if (venue !== undefined) this.#send(venue.advance(nowMs), nowMs);
    this.#hear(nowMs);
  }

  #venue(instrument: number): Simulator {
    const known = this.#venues[instrument];
    if (known !== undefined) return known;
    const venue = new Simulator(this.#terms.venueOf(instrument));
    this.#venues[instrument] = venue;
    return venue;
  }

  #carryOut(events: readonly CoreEvent[], nowMs: number): void {
    for (const event of events) {
      this.#terms.onEvent(event);
      switch (event.kind) {
        case 'SUBMIT':
          this.#send(this.#venue(event.instrument).submit(event.request, nowMs), nowMs);
          break;
        case 'CANCEL':
          this.#send(this.#venue(event.instrument).cancel(event.orderId, nowMs), nowMs);
          break;
        case 'REPLACE':
          this.#send(this.#venue(event.instrument).update(event.orderId, event.change, nowMs), nowMs);
          break;
        default:
      }
    }
  }

  #send(reports: readonly Report[], nowMs: number): void {
    for (const report of reports) {
      if (this.#onTheirWay.length === 0 && report.heardMs <= nowMs) {
        this.#carryOut(this.core.report(report.body, nowMs), nowMs);
        continue;
      }
      // A report of another venue may be heard earlier than one that is on its way.
      const later = this.#onTheirWay.findIndex(({ heardMs }) => heardMs > report.heardMs);
      if (later === -1) this.#onTheirWay.push(report);
      else this.#onTheirWay.splice(later, 0, report);
    }
    this.#hear(nowMs);
  }

  #hear(nowMs: number): void {
    // Each turn takes a report away, and a report leads to no command by itself.
    for (let first = this.#onTheirWay[0]; first !== undefined && first.heardMs <= nowMs; first = this.#onTheirWay[0]) {
      this.#onTheirWay.shift();
      this.#carryOut(this.core.report(first.body, nowMs), nowMs);
    }
  }
}
