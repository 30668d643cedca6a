/** Reads what {@link PackedWriter} wrote, in the same order. The caller has verified the checksum, so a wrong length or count is a bug. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { ExactSum } from '../numbers/exact-sum.ts';
import { BYTES_PER_NUMBER } from './packed-writer.ts';

export class PackedReader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  number(): number {
    assert(this.#at + BYTES_PER_NUMBER <= this.#view.byteLength, 'expected another number, found the end of the snapshot');
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += BYTES_PER_NUMBER;
    return value;
  }

  /** Sets `sum`. */
  sum(sum: ExactSum): void {
    sum.high = this.number();
    sum.low = this.number();
  }

  /** How many entries follow. */
  count(countMax: number): number {
    const count = this.number();
    assert(Number.isSafeInteger(count) && count >= 0 && count <= countMax, `expected a count of at most ${countMax}, found ${count}`);
    return count;
  }

  text(lengthMax: number): string {
    const codes = Array.from({ length: this.count(lengthMax) }, () => this.number());
    return String.fromCharCode(...codes);
  }

  isAtEnd(): boolean {
    return this.#at === this.#view.byteLength;
  }
}
