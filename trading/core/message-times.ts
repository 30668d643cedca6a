/** The times of a strategy's last orders, for the limit on orders within a second. */
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';

const WINDOW_MS = 1_000;
/** Bound on the limit of a strategy, for snapshots. */
const MESSAGES_MAX = 1_000_000;

/** Changed in place. */
export class MessageTimes {
  /** A ring of the last orders, as many as the limit allows within a second. */
  readonly #times: Float64Array;
  #next = 0;

  /** @param max the limit */
  constructor(max: number) {
    this.#times = new Float64Array(max).fill(Number.NEGATIVE_INFINITY);
  }

  /** The limit. */
  get max(): number {
    return this.#times.length;
  }

  pack(writer: PackedWriter): void {
    writer.number(this.max);
    writer.number(this.#next);
    for (const time of this.#times) writer.number(time);
  }

  static unpack(reader: PackedReader): MessageTimes {
    const max = reader.count(MESSAGES_MAX);
    const messages = new MessageTimes(max);
    messages.#next = reader.count(max);
    for (let index = 0; index < max; index += 1) messages.#times[index] = reader.number();
    return messages;
  }

  /** Whether the limit is used up: the oldest of as many orders as it allows is less than a second old. */
  isFull(nowMs: number): boolean {
    return (this.#times[this.#next] ?? 0) > nowMs - WINDOW_MS;
  }

  note(nowMs: number): void {
    this.#times[this.#next] = nowMs;
    this.#next = (this.#next + 1) % this.#times.length;
  }
}
