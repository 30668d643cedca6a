/**
 * Snapshots of an account: the packed state, the sequence of the last event in it, and a checksum. A restored account and the fold from the beginning are
 * equal to the last byte.
 */
import type { PackedReader } from '../packing/packed-reader.ts';
import type { PackedWriter } from '../packing/packed-writer.ts';
import { seal, type SealKind, unseal } from '../packing/seal.ts';
import { Account } from './account.ts';
import type { AccountTerms } from './account-terms.ts';
import { INSTRUMENTS_MAX } from './holdings.ts';

/** "flotl" as a number. */
const KIND: SealKind = { magic: 0x66_6c_6f_74_6c, version: 1, name: 'an account' };
const METHODS = ['AVERAGE', 'FIFO', 'LIFO'] as const;

export type RestoredAccount = { readonly account: Account; readonly sequence: number } | { readonly refused: string };

/** @param sequence of the last event that the account holds; a safe integer */
export function writeSnapshot(account: Account, sequence: number): Uint8Array {
  return seal(KIND, sequence, (writer) => {
    packTerms(writer, account.terms);
    account.pack(writer);
  });
}

/**
 * The account of a snapshot, or why it is refused: damaged, of another version, or of other terms. The caller then takes an older snapshot, or folds from the
 * beginning. `terms` may have more instruments at the end than the snapshot knows.
 */
export function readSnapshot(bytes: Uint8Array, terms: AccountTerms): RestoredAccount {
  const unsealed = unseal(bytes, KIND);
  if ('refused' in unsealed) return unsealed;
  const { reader, sequence } = unsealed;
  if (!hasTerms(reader, terms)) return { refused: OTHER_TERMS };
  const account = new Account(terms);
  account.unpack(reader);
  return reader.isAtEnd() ? { account, sequence } : { refused: 'expected the end of the snapshot, found more numbers' };
}

export const OTHER_TERMS = 'expected a snapshot with the same currencies, instruments and cost method, found others';

export function packTerms(writer: PackedWriter, { base, currencies, instruments, method }: AccountTerms): void {
  writer.number(base);
  writer.number(METHODS.indexOf(method));
  writer.number(currencies.length);
  for (const { scale } of currencies) writer.number(scale);
  writer.number(instruments.length);
  for (const instrument of instruments) for (const number of numbersOf(instrument)) writer.number(number);
}

/** Reads the terms of the snapshot. Whether amounts under these terms mean the same under `terms`. */
export function hasTerms(reader: PackedReader, { base, currencies, instruments, method }: AccountTerms): boolean {
  if (reader.number() !== base || METHODS[reader.number()] !== method || reader.number() !== currencies.length) return false;
  for (const { scale } of currencies) if (reader.number() !== scale) return false;
  const count = reader.count(INSTRUMENTS_MAX);
  for (const instrument of instruments.slice(0, count))
    for (const number of numbersOf(instrument)) if (reader.number() !== number) return false;
  return count <= instruments.length;
}

function numbersOf({ currency, unitsPerStep, inverseUnits, isMargined }: AccountTerms['instruments'][number]): readonly number[] {
  return [currency, unitsPerStep, inverseUnits ?? 0, isMargined ? 1 : 0];
}
