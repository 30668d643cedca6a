/** All holdings of an account: the open ones, and a bounded number of flat ones, which still show their realized P&L. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';
import { Holding } from './holding.ts';
import type { CostMethod } from './position.ts';

/** Bound on the strategies of one account. */
export const STRATEGIES_MAX = 1_024;
/** Bound on the instruments of one account. */
export const INSTRUMENTS_MAX = 16_384;
/** Bound on open and flat holdings together. */
export const HOLDINGS_MAX = 2 ** 20;
/** Bound on the flat holdings that are kept. The books keep the realized P&L of older ones. */
export const FLAT_HOLDINGS_MAX = 1_000;

/** Changed in place. */
export class Holdings {
  readonly #method: CostMethod;
  readonly #byKey = new Map<number, Holding>();
  /** A ring: the key of the holding that became flat as the n-th one is at n modulo its size. A holding that was opened again has no stamp of it. */
  readonly #flatKeys = new Float64Array(FLAT_HOLDINGS_MAX).fill(-1);
  #flatCount = 0;

  constructor(method: CostMethod) {
    this.#method = method;
  }

  count(): number {
    return this.#byKey.size;
  }

  find(strategy: number, instrument: number): Holding | undefined {
    return this.#byKey.get(strategy * INSTRUMENTS_MAX + instrument);
  }

  /** @throws FlotillaError `NUMBER_OUT_OF_RANGE` beyond {@link HOLDINGS_MAX}; nothing has changed then */
  findOrAdd(strategy: number, instrument: number): Holding {
    const found = this.find(strategy, instrument);
    if (found !== undefined) return found;
    if (this.#byKey.size >= HOLDINGS_MAX)
      throw new FlotillaError('NUMBER_OUT_OF_RANGE', `expected at most ${HOLDINGS_MAX} holdings in one account, found one more`);
    const holding = new Holding(strategy, instrument, this.#method);
    this.#byKey.set(strategy * INSTRUMENTS_MAX + instrument, holding);
    return holding;
  }

  /** Notes that a holding is flat now, and removes the one that became flat longest ago when there are too many. */
  noteFlat(holding: Holding): void {
    const place = this.#flatCount % FLAT_HOLDINGS_MAX;
    const oldest = this.#byKey.get(this.#flatKeys[place] ?? -1);
    if (oldest !== undefined && oldest.flatStamp === this.#flatCount - FLAT_HOLDINGS_MAX) this.#byKey.delete(this.#flatKeys[place] ?? -1);
    this.#flatKeys[place] = holding.strategy * INSTRUMENTS_MAX + holding.instrument;
    holding.flatStamp = this.#flatCount;
    this.#flatCount += 1;
  }

  /** By strategy and instrument, so that equal states give equal bytes whatever their history was. */
  sorted(): readonly Holding[] {
    return [...this.#byKey.values()].sort((a, b) => a.strategy - b.strategy || a.instrument - b.instrument);
  }

  pack(writer: PackedWriter): void {
    writer.number(this.#flatCount);
    for (const key of this.#flatKeys) writer.number(key);
    writer.number(this.#byKey.size);
    for (const { strategy, instrument, flatStamp, position } of this.sorted()) {
      writer.number(strategy);
      writer.number(instrument);
      writer.number(flatStamp);
      position.pack(writer);
    }
  }

  unpack(reader: PackedReader): void {
    this.#flatCount = reader.count(Number.MAX_SAFE_INTEGER);
    for (let place = 0; place < FLAT_HOLDINGS_MAX; place += 1) this.#flatKeys[place] = reader.number();
    const count = reader.count(HOLDINGS_MAX);
    for (let index = 0; index < count; index += 1) {
      const holding = this.findOrAdd(reader.count(STRATEGIES_MAX), reader.count(INSTRUMENTS_MAX));
      holding.flatStamp = reader.number();
      holding.position.unpack(reader);
    }
    assert(this.#byKey.size === count, 'a snapshot must hold each holding once');
  }
}
