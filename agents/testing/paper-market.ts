/**
 * A small venue for one instrument in memory, for tests: shows a quantity at one price, and fills orders in the order in which they came. The rest of
 * an IOC order is cancelled, and the rest of a GTC order waits for the next price. No fees.
 */
import {
  formatQuantity,
  formatUnits,
  type Instrument,
  multiplyExact,
  type OrderEvent,
  type OrderIntent,
  parseUnits,
  type Side,
  toQuantityLots,
} from '@flotilla/contracts';

interface HeldOrder {
  readonly intent: OrderIntent;
  leavesLots: number;
}

export class PaperMarket {
  readonly #instrument: Instrument;
  readonly #onReport: (event: OrderEvent) => void;
  #resting: HeldOrder[] = [];
  #shownLots = 0;
  #price = 0n;
  #cash = 0n;
  #positionLots = 0;
  #deniedAboveLots = Number.POSITIVE_INFINITY;
  /** The position after each fill, in lots. */
  readonly positionsLots: number[] = [];

  constructor(instrument: Instrument, onReport: (event: OrderEvent) => void) {
    this.#instrument = instrument;
    this.#onReport = onReport;
  }

  /** From now on orders of more than this quantity are denied. */
  denyAbove(quantity: string): void {
    this.#deniedAboveLots = toQuantityLots(quantity, this.#instrument);
  }

  show(price: string, quantity: string): void {
    this.#price = parseUnits(price);
    this.#shownLots = Number(parseUnits(quantity) / this.#instrument.lotUnits);
  }

  /** Fills what rests, as far as the shown quantity goes. */
  matchResting(): void {
    const orders = this.#resting;
    this.#resting = [];
    for (const order of orders) this.#match(order);
  }

  send(intent: OrderIntent): void {
    const order = { intent, leavesLots: this.#lotsOf(intent) };
    if (order.leavesLots > this.#deniedAboveLots) this.#report(intent, 'DENIED', 0, 0);
    else this.#match(order);
  }

  cancelResting(side: Side): void {
    const orders = this.#resting;
    this.#resting = orders.filter(({ intent }) => intent.side !== side);
    for (const { intent, leavesLots } of orders) {
      if (intent.side === side) this.#report(intent, 'CANCELLED', this.#lotsOf(intent) - leavesLots, 0);
    }
  }

  /** Signed, in base units. */
  position(): string {
    return formatQuantity(this.#positionLots, this.#instrument);
  }

  /** Cash since the start, and the position at the last price. */
  profit(): string {
    return formatUnits(this.#cash + this.#worth(this.#positionLots));
  }

  #match(order: HeldOrder): void {
    const { intent } = order;
    const lots = Math.min(order.leavesLots, this.#shownLots);
    const signedLots = intent.side === 'BUY' ? lots : -lots;
    this.#shownLots -= lots;
    order.leavesLots -= lots;
    this.#positionLots += signedLots;
    this.#cash -= this.#worth(signedLots);
    if (lots > 0) this.positionsLots.push(this.#positionLots);
    const filledLots = this.#lotsOf(intent) - order.leavesLots;
    if (order.leavesLots === 0) return this.#report(intent, 'FILLED', filledLots, 0);
    if (intent.timeInForce === 'IOC') return this.#report(intent, 'CANCELLED', filledLots, 0);
    this.#resting.push(order);
    return this.#report(intent, filledLots > 0 ? 'PARTIALLY_FILLED' : 'RESTING', filledLots, order.leavesLots);
  }

  #worth(lots: number): bigint {
    return multiplyExact(this.#price, BigInt(lots) * this.#instrument.lotUnits);
  }

  #lotsOf({ quantity }: OrderIntent): number {
    return toQuantityLots(quantity, this.#instrument);
  }

  #report(intent: OrderIntent, status: OrderEvent['status'], filledLots: number, leavesLots: number): void {
    const { proposalIds: _proposalIds, ...order } = intent;
    this.#onReport({
      ...order,
      epoch: 1,
      orderId: `order-of-${intent.id}`,
      intentId: intent.id,
      ordinal: 0,
      status,
      filledQuantity: formatQuantity(filledLots, this.#instrument),
      leavesQuantity: formatQuantity(leavesLots, this.#instrument),
    });
  }
}
