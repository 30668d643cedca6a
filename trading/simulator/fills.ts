/** Books a trade of an order at the simulated venue: the order, the account's position, the fee and the report. */
import { addValue } from '../ledger/contract-value.ts';
import { ExactSum } from '../numbers/exact-sum.ts';
import { assertTaken, type HeldOrder } from './held-order.ts';
import type { Liquidity } from './models/fee.ts';
import type { Outbox } from './outbox.ts';
import type { SimulatorTerms } from './simulator-terms.ts';

/** Reused; set before each use. */
const value = new ExactSum();

export class Fills {
  /** What the account holds; below zero when short. */
  positionLots = 0;
  readonly #terms: SimulatorTerms;
  readonly #outbox: Outbox;

  constructor(terms: SimulatorTerms, outbox: Outbox) {
    this.#terms = terms;
    this.#outbox = outbox;
  }

  book(held: HeldOrder, priceTicks: number, quantityLots: number, liquidity: Liquidity): void {
    const { orderId, side } = held.request;
    assertTaken(held.order.fill(quantityLots, this.#outbox.cause), held);
    this.positionLots += side * quantityLots;
    value.clear();
    addValue(value, this.#terms.contract, priceTicks, quantityLots);
    if (value.sign() < 0) value.negate();
    const fee = new ExactSum();
    this.#terms.models.fee({ value, quantityLots, liquidity }, fee);
    const tradeId = `${orderId}-${held.tradeCount}`;
    held.tradeCount += 1;
    this.#outbox.add({ kind: 'FILLED', orderId, tradeId, priceTicks, quantityLots, liquidity, fee });
  }
}
