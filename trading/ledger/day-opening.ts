/**
 * The profit at the beginning of a day, from which the loss of the day is measured. An event opens the day (midnight UTC, or the session that a policy
 * names), so that a loss before the first order counts.
 */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';
import { BaseValue, STATE_NAMES } from './base-value.ts';

const MS_PER_DAY = 86_400_000;
const NO_DAY = -1;

/** The number of the UTC day since 1970-01-01, for accounts whose day is not that of a session. */
export function utcDayNumber(timeMs: number): number {
  return Math.floor(timeMs / MS_PER_DAY);
}

/** Changed in place. */
export class DayOpening {
  /** Whole number that grows from day to day; -1 before the first. */
  day = NO_DAY;
  readonly #profit = new BaseValue();

  constructor() {
    this.#profit.setUnknown('DAY_NOT_OPEN');
  }

  /**
   * Whether `day` is to be opened: a newer day, or the open one while its opening is unknown. A clock that steps back does not open an older day again.
   */
  isDue(day: number): boolean {
    return day > this.day || (day === this.day && this.#profit.state !== 'KNOWN');
  }

  open(day: number, profit: BaseValue): void {
    assert(Number.isSafeInteger(day) && day >= 0, `expected a whole day number, found ${day}`);
    if (!this.isDue(day)) return;
    this.day = day;
    this.#profit.set(profit);
  }

  /** Sets `loss` to what has been lost since the opening; below zero: won. Unknown while either profit is unknown. */
  setLoss(loss: BaseValue, profit: BaseValue): void {
    loss.set(this.#profit);
    loss.subtract(profit);
  }

  pack(writer: PackedWriter): void {
    writer.number(this.day);
    writer.number(STATE_NAMES.indexOf(this.#profit.state));
    if (this.#profit.state === 'KNOWN') writer.sum(this.#profit.amount());
  }

  unpack(reader: PackedReader): void {
    this.day = reader.number();
    const state = STATE_NAMES[reader.count(STATE_NAMES.length - 1)] ?? 'DAY_NOT_OPEN';
    this.#profit.clear();
    if (state === 'KNOWN') reader.sum(this.#profit.amount());
    else this.#profit.setUnknown(state);
  }
}
