/**
 * The frame of a snapshot: what it is, its version, the sequence of the last event in it, and a checksum over everything.
 *
 * A snapshot that is damaged or of another version is refused with the reason. The caller then takes an older one, or folds from the beginning.
 */
import { crc32 } from './crc32.ts';
import { PackedReader } from './packed-reader.ts';
import { BYTES_PER_NUMBER, PACKED_NUMBERS_MAX, PackedWriter } from './packed-writer.ts';

export interface SealKind {
  /** A number that no other kind of snapshot has. */
  readonly magic: number;
  readonly version: number;
  /** For people: `an account`. */
  readonly name: string;
}

export type Unsealed = { readonly reader: PackedReader; readonly sequence: number } | { readonly refused: string };

/** Magic, version and sequence before the state, and the checksum behind it. */
const NUMBERS_MIN = 4;

/** @param sequence of the last event that the state holds; a safe integer */
export function seal({ magic, version }: SealKind, sequence: number, pack: (writer: PackedWriter) => void): Uint8Array {
  const writer = new PackedWriter();
  for (const number of [magic, version, sequence]) writer.number(number);
  pack(writer);
  writer.number(crc32(writer.bytes()));
  return writer.bytes();
}

/** A reader of the state, or why the bytes are refused. */
export function unseal(bytes: Uint8Array, { magic, version, name }: SealKind): Unsealed {
  const damage = damageOf(bytes);
  if (damage !== undefined) return { refused: damage };
  const reader = new PackedReader(bytes.subarray(0, -BYTES_PER_NUMBER));
  if (reader.number() !== magic) return { refused: `expected a snapshot of ${name}, found other data` };
  const found = reader.number();
  if (found !== version) return { refused: `expected version ${version}, found ${found}` };
  return { reader, sequence: reader.number() };
}

function damageOf(bytes: Uint8Array): string | undefined {
  const numbers = bytes.length / BYTES_PER_NUMBER;
  if (!Number.isInteger(numbers) || numbers < NUMBERS_MIN || numbers > PACKED_NUMBERS_MAX)
    return `expected ${NUMBERS_MIN} to ${PACKED_NUMBERS_MAX} numbers of ${BYTES_PER_NUMBER} bytes, found ${bytes.length} bytes`;
  const stored = new PackedReader(bytes.subarray(-BYTES_PER_NUMBER)).number();
  const found = crc32(bytes.subarray(0, -BYTES_PER_NUMBER));
  return stored === found ? undefined : `expected the checksum ${stored}, found ${found}`;
}
