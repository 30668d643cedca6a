/** The machine's own randomness, from its cryptographic source. */
import { randomBytes } from 'node:crypto';
import type { Rng } from '@flotilla/contracts/ports.ts';

const UNIFORM_BITS = 53;
/** Random bytes that one system call gets. */
const POOL_BYTES = 1_024;

export const systemRng: Rng = makeSystemRng();

function makeSystemRng(): Rng {
  let pool = new DataView(new ArrayBuffer(0));
  let offset = 0;
  return {
    next() {
      if (offset + 8 > pool.byteLength) {
        const bytes = randomBytes(POOL_BYTES);
        pool = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        offset = 0;
      }
      const bits = pool.getBigUint64(offset) >> BigInt(64 - UNIFORM_BITS);
      offset += 8;
      return Number(bits) / 2 ** UNIFORM_BITS;
    },
    bytes: (length) => new Uint8Array(randomBytes(length)),
  };
}
