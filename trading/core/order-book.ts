/** Orders by id: the open ones, the ended ones for a while, and the ids of older ones. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { RecentIds } from '../orders/recent-ids.ts';
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';
import { ENDED_ORDERS_MAX, IDS_MAX } from './core-terms.ts';
import type { LiveOrder } from './live-order.ts';
import { packOrder, unpackOrder } from './pack-order.ts';

/** Changed in place. */
export class OrderBook {
  readonly #byId = new Map<number, LiveOrder>();
  /** A ring of ids of ended orders. */
  readonly #ended = new Float64Array(ENDED_ORDERS_MAX).fill(Number.NaN);
  #nextEnded = 0;
  readonly #recent = new RecentIds(IDS_MAX);
  openCount = 0;
  /** Open orders that only reduce. */
  readonly reduceOnly = new Set<LiveOrder>();

  find(orderId: number): LiveOrder | undefined {
    return this.#byId.get(orderId);
  }

  /** Whether an order with the id was asked for before. */
  knows(orderId: number): boolean {
    return this.#byId.has(orderId) || this.#recent.has(orderId);
  }

  add(live: LiveOrder): void {
    this.#byId.set(live.request.orderId, live);
    this.openCount += 1;
    if (live.request.isReduceOnly) this.reduceOnly.add(live);
  }

  /** Remembers the id of an order that was denied. */
  note(orderId: number): void {
    this.#recent.add(orderId);
  }

  /** Keeps an order that has ended, in place of the one that ended longest ago. */
  end(live: LiveOrder): void {
    const { orderId } = live.request;
    this.openCount -= 1;
    this.reduceOnly.delete(live);
    assert(this.openCount >= 0, 'expected no more orders to end than were open');
    const oldest = this.#ended[this.#nextEnded] ?? Number.NaN;
    if (this.#byId.delete(oldest)) this.#recent.add(oldest);
    this.#ended[this.#nextEnded] = orderId;
    this.#nextEnded = (this.#nextEnded + 1) % ENDED_ORDERS_MAX;
  }

  /** Open and ended orders that are kept, in the order in which they were added. */
  all(): readonly LiveOrder[] {
    return [...this.#byId.values()];
  }

  pack(writer: PackedWriter): void {
    const all = this.all();
    writer.number(all.length);
    for (const live of all) packOrder(writer, live);
    const ended = [...this.#ended.subarray(this.#nextEnded), ...this.#ended.subarray(0, this.#nextEnded)].filter((id) => !Number.isNaN(id));
    for (const ids of [ended, this.#recent.all()]) {
      writer.number(ids.length);
      for (const id of ids) writer.number(id);
    }
  }

  /** Takes the state that {@link pack} wrote. The book must be new. */
  unpack(reader: PackedReader): void {
    for (let left = reader.count(Number.MAX_SAFE_INTEGER); left > 0; left -= 1) this.add(unpackOrder(reader));
    for (let left = reader.count(ENDED_ORDERS_MAX); left > 0; left -= 1) {
      const live = this.find(reader.number());
      assert(live !== undefined, 'an ended order of a snapshot is among its orders');
      this.end(live);
    }
    for (let left = reader.count(IDS_MAX); left > 0; left -= 1) this.#recent.add(reader.number());
  }
}
