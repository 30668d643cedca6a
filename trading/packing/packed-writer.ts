/** Writes numbers one after the other into one buffer, for snapshots: eight bytes each, little-endian. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { ExactSum } from '../numbers/exact-sum.ts';

export const BYTES_PER_NUMBER = 8;
/** Bound on one snapshot: 64 Mi numbers, 512 MiB. */
export const PACKED_NUMBERS_MAX = 2 ** 26;
const NUMBERS_AT_START = 1_024;

export class PackedWriter {
  #view = new DataView(new ArrayBuffer(NUMBERS_AT_START * BYTES_PER_NUMBER));
  #count = 0;

  /** @throws FlotillaError `NUMBER_OUT_OF_RANGE` beyond {@link PACKED_NUMBERS_MAX} numbers */
  number(value: number): void {
    if ((this.#count + 1) * BYTES_PER_NUMBER > this.#view.byteLength) this.#grow();
    this.#view.setFloat64(this.#count * BYTES_PER_NUMBER, value, true);
    this.#count += 1;
  }

  sum(value: ExactSum): void {
    this.number(value.high);
    this.number(value.low);
  }

  /** A text of any characters, one number each. */
  text(value: string): void {
    this.number(value.length);
    for (let index = 0; index < value.length; index += 1) this.number(value.charCodeAt(index));
  }

  /** The bytes written so far. They share memory with the writer. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#view.buffer, 0, this.#count * BYTES_PER_NUMBER);
  }

  #grow(): void {
    if (this.#count >= PACKED_NUMBERS_MAX)
      throw new FlotillaError('NUMBER_OUT_OF_RANGE', `expected a snapshot of at most ${PACKED_NUMBERS_MAX} numbers, found more`);
    const larger = new Uint8Array(this.#view.byteLength * 2);
    larger.set(this.bytes());
    this.#view = new DataView(larger.buffer);
  }
}
