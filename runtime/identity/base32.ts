/** Base32 without padding (RFC 4648, section 6), the text form of keys and token ids of the bus. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const DIGIT_BITS = 5;

export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= DIGIT_BITS) {
      bits -= DIGIT_BITS;
      text += ALPHABET[(value >> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(value << (DIGIT_BITS - bits)) & 31];
}

/** Undefined for a text that {@link encodeBase32} never gives, so that no two texts mean the same bytes. */
export function decodeBase32(text: string): Buffer | undefined {
  const bytes: number[] = [];
  let value = 0;
  let bits = 0;
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) return undefined;
    value = (value << DIGIT_BITS) | digit;
    bits += DIGIT_BITS;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push(value >> bits);
    value &= (1 << bits) - 1;
  }
  const result = Buffer.from(bytes);
  return encodeBase32(result) === text ? result : undefined;
}
