/** Whole numbers of any size in the state of a strategy, which is JSON: sums of ticks may leave the safe integers. */

/** A number while the value is a safe integer, so that builds of before read the state too; else decimal text. */
export type StoredInteger = number | string;

export function storeInteger(value: bigint): StoredInteger {
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : value.toString();
}

export function readInteger(stored: StoredInteger): bigint {
  return BigInt(stored);
}
