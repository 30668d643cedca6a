/** One order: what was asked for, what became of it, and the one function that changes it. */
import { BACK, codeAt, FILL, LATE, LATE_FILL, NEVER } from './transitions.ts';
import { HAPPENING, type Happening, isEnded, isPending, STATUS, type Status } from './order-status.ts';

export const BUY = 1;
export const SELL = -1;
export type SideSign = typeof BUY | typeof SELL;

/** What the order asks for. Prices in ticks, quantities in lots, both safe integers. */
export interface OrderTerms {
  readonly side: SideSign;
  /** Above zero. */
  readonly quantityLots: number;
  /** Undefined: a market order. */
  readonly limitTicks: number | undefined;
}

/** How the machine took a happening. */
export type Outcome =
  /** The order has changed. */
  | 'changed'
  /** Known or overtaken: counted, and the order is as before. */
  | 'late'
  /** It contradicts what is known: the order is in quarantine. */
  | 'quarantined'
  /** The fill is booked, and the order has traded more than it asked for: in quarantine as well. */
  | 'overfilled';

/** Changed in place, because a copy for each change costs more than everything else that an order costs. */
export class Order {
  readonly side: SideSign;
  quantityLots: number;
  /** NaN: a market order. */
  limitTicks: number;
  status: Status = STATUS.INITIALIZED;
  /** The state to which a refused command returns. */
  before: Status = STATUS.INITIALIZED;
  filledLots = 0;
  /** Changes of this order so far. */
  sequence = 0;
  /** Place on the bus, or in the input, of what changed the order last. */
  cause = 0;
  lateCount = 0;
  /** Something contradicted what is known. No command is sent for the order until a person has looked. */
  isQuarantined = false;

  constructor({ side, quantityLots, limitTicks }: OrderTerms) {
    this.side = side;
    this.quantityLots = quantityLots;
    this.limitTicks = limitTicks ?? Number.NaN;
  }

  /** Quantity that may still trade, by what is known; zero once the order has ended. */
  leavesLots(): number {
    return isEnded(this.status) ? 0 : Math.max(0, this.quantityLots - this.filledLots);
  }

  /**
   * Takes a happening other than a fill and a change of terms.
   *
   * @param cause place on the bus, or in the input, of what happened
   */
  take(happening: Exclude<Happening, typeof HAPPENING.FILL | typeof HAPPENING.UPDATE>, cause: number): Outcome {
    const code = codeAt(this.status, happening);
    if (code === NEVER) return this.#quarantine(cause);
    if (code === LATE) return this.#takeLate(happening);
    this.#enter(code === BACK ? this.before : (code as Status), cause);
    return 'changed';
  }

  /** The venue holds the order with other terms. Terms below what has traded end the order with what has traded. */
  update(quantityLots: number, limitTicks: number | undefined, cause: number): Outcome {
    const code = codeAt(this.status, HAPPENING.UPDATE);
    if (code === NEVER) return this.#quarantine(cause);
    if (code === LATE) return this.#takeLate(HAPPENING.UPDATE);
    this.quantityLots = Math.max(quantityLots, this.filledLots);
    this.limitTicks = limitTicks ?? Number.NaN;
    if (this.filledLots === this.quantityLots) this.#enter(STATUS.FILLED, cause);
    else if (code === BACK) this.#enter(this.before === STATUS.SUBMITTED ? STATUS.ACCEPTED : this.before, cause);
    else this.#enter(code as Status, cause);
    return 'changed';
  }

  /** Books a fill, whatever the state: what has traded has traded. The caller has dropped trades that were reported before. */
  fill(lots: number, cause: number): Outcome {
    const code = codeAt(this.status, HAPPENING.FILL);
    const isOver = this.filledLots + lots > this.quantityLots;
    this.filledLots += lots;
    if (code === NEVER) return this.#quarantine(cause);
    const isFull = this.filledLots >= this.quantityLots;
    if (isFull) this.#enter(STATUS.FILLED, cause);
    else if (code === FILL) this.#partlyFill(cause);
    else this.#note(cause);
    if (code === LATE_FILL) this.lateCount += 1;
    if (!isOver) return 'changed';
    this.isQuarantined = true;
    return 'overfilled';
  }

  #partlyFill(cause: number): void {
    if (!isPending(this.status)) return this.#enter(STATUS.PARTIALLY_FILLED, cause);
    this.before = STATUS.PARTIALLY_FILLED;
    this.#note(cause);
  }

  #enter(next: Status, cause: number): void {
    if (isPending(next) && !isPending(this.status)) this.before = this.status;
    this.status = next;
    this.#note(cause);
  }

  #note(cause: number): void {
    this.sequence += 1;
    this.cause = cause;
  }

  /** An answer that comes while a command is pending tells what the state is behind it. */
  #takeLate(happening: Happening): Outcome {
    this.lateCount += 1;
    if (!isPending(this.status)) return 'late';
    if (happening === HAPPENING.ACCEPT && this.before === STATUS.SUBMITTED) this.before = STATUS.ACCEPTED;
    if (happening === HAPPENING.TRIGGER && this.before !== STATUS.PARTIALLY_FILLED) this.before = STATUS.TRIGGERED;
    return 'late';
  }

  #quarantine(cause: number): Outcome {
    this.isQuarantined = true;
    this.#note(cause);
    return 'quarantined';
  }
}
