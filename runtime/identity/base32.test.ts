import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase32, encodeBase32 } from './base32.ts';

/** RFC 4648, section 10, without padding. */
const VECTORS = [
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
] as const;

for (const [text, encoded] of VECTORS) {
  test(`base32: writes ${encoded === '' ? 'nothing' : encoded}, when given "${text}" of RFC 4648`, () => {
    assert.equal(encodeBase32(Buffer.from(text)), encoded);
    assert.equal(decodeBase32(encoded)?.toString(), text);
  });
}

test('base32: agrees with a plain reading of the definition, and reads what it wrote, for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const encoded = encodeBase32(bytes);
      assert.equal(encoded, byDefinition(bytes));
      assert.deepEqual(decodeBase32(encoded), Buffer.from(bytes));
    }),
  );
});

test('base32: gives nothing, when a letter is outside the alphabet, is one too many, or has bits that stand for nothing', () => {
  for (const text of ['MZ', 'MYA', 'A', 'MZXW6Y', 'MZXW6===', 'mzxw6', 'MZ W6', 'MZX0', 'MZX1', 'MZX8', 'MÖ'])
    assert.equal(decodeBase32(text), undefined, text);
});

/** The bits of all bytes in groups of five, the last one filled with zeros. */
function byDefinition(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[parseInt(group.padEnd(5, '0'), 2)]).join('');
}
