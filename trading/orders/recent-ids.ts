/**
 * The ids of orders that have ended, so that a repeated request is known. A ring with a hash table over it: a Set costs several times as much, and makes
 * garbage.
 */
import { assert } from '@flotilla/contracts/errors/assert.ts';

const SIZE_AT_START = 1_024;
/** The table has at least this many places for each id. */
const PLACES_PER_ID = 2;
const FREE = Number.NaN;

/** Changed in place. Grows with the ids, up to its bound. */
export class RecentIds {
  readonly #max: number;
  /** The ids in the order in which they came. */
  #ring: Float64Array;
  /** Open addressing: an id lies at its hash, or at the next free place behind it. */
  #table: Float64Array;
  #next = 0;

  /** @param max bound on the ids; beyond it the oldest is forgotten */
  constructor(max: number) {
    this.#max = max;
    this.#ring = new Float64Array(Math.min(max, SIZE_AT_START)).fill(FREE);
    this.#table = makeTable(this.#ring.length);
  }

  has(id: number): boolean {
    return this.#table[this.#placeOf(id)] === id;
  }

  /** @param id a safe integer */
  add(id: number): void {
    assert(Number.isSafeInteger(id), 'expected an id that is a safe integer');
    if (this.has(id)) return;
    if (this.#next === this.#ring.length) this.#turnOrGrow();
    const oldest = this.#ring[this.#next] ?? FREE;
    if (!Number.isNaN(oldest)) this.#remove(oldest);
    this.#ring[this.#next] = id;
    this.#next += 1;
    this.#table[this.#placeOf(id)] = id;
  }

  /** The ids that are known, the oldest first. */
  all(): readonly number[] {
    const isTurning = this.#ring.length === this.#max;
    const oldest = isTurning ? this.#ring.subarray(this.#next) : [];
    return [...oldest, ...this.#ring.subarray(0, this.#next)].filter((id) => !Number.isNaN(id));
  }

  #turnOrGrow(): void {
    const size = this.#ring.length;
    if (size === this.#max) {
      this.#next = 0;
      return;
    }
    const ring = new Float64Array(Math.min(this.#max, size * 2)).fill(FREE);
    ring.set(this.#ring);
    this.#ring = ring;
    this.#table = makeTable(ring.length);
    for (let index = 0; index < size; index += 1) {
      const id = ring[index] ?? FREE;
      this.#table[this.#placeOf(id)] = id;
    }
  }

  /** Where the id lies, or the free place for it. */
  #placeOf(id: number): number {
    const mask = this.#table.length - 1;
    let place = hashOf(id) & mask;
    // A comparison with a free place, which is NaN, is false: at least half of the places are free, so the loop ends.
    for (let found = this.#table[place]; found !== id && found === found; found = this.#table[place]) place = (place + 1) & mask;
    return place;
  }

  /** Takes an id away, and moves those behind it that would not be found any more. */
  #remove(id: number): void {
    const mask = this.#table.length - 1;
    let hole = this.#placeOf(id);
    if (this.#table[hole] !== id) return;
    this.#table[hole] = FREE;
    let place = (hole + 1) & mask;
    for (let found = this.#table[place] ?? FREE; found === found; found = this.#table[place] ?? FREE) {
      const home = hashOf(found) & mask;
      if (((place - home) & mask) >= ((place - hole) & mask)) {
        this.#table[hole] = found;
        this.#table[place] = FREE;
        hole = place;
      }
      place = (place + 1) & mask;
    }
  }
}

function makeTable(ids: number): Float64Array {
  return new Float64Array(2 ** Math.ceil(Math.log2(ids * PLACES_PER_ID))).fill(FREE);
}

function hashOf(id: number): number {
  const low = id | 0;
  const high = (id / 4_294_967_296) | 0;
  const mixed = Math.imul(low ^ Math.imul(high, 0x85_eb_ca_6b), 0x9e_37_79_b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
