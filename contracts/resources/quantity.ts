/** Amounts of CPU and memory as Kubernetes writes them, for the pod template and for what the operator makes of it. */
import { assert } from '../errors/assert.ts';

export const CPU_PATTERN = /^([1-9][0-9]{0,5}m|[0-9]{1,3}\.[0-9]{1,3}|[1-9][0-9]{0,2})$/;
export const MEMORY_PATTERN = /^[1-9][0-9]{0,11}(k|M|G|Ki|Mi|Gi)?$/;

const FACTORS: Readonly<Record<string, number>> = {
  m: 1,
  '': 1_000,
  k: 1_000 * 1_000,
  M: 1_000 * 1_000 ** 2,
  G: 1_000 * 1_000 ** 3,
  Ki: 1_000 * 1_024,
  Mi: 1_000 * 1_024 ** 2,
  Gi: 1_000 * 1_024 ** 3,
};

/** The amount in thousandths of its unit (a core or a byte), exact. `text` has to match one of the patterns. */
export function quantityMillis(text: string): bigint {
  const match = /^([0-9]+)(?:\.([0-9]{1,3}))?(m|k|M|G|Ki|Mi|Gi)?$/.exec(text);
  assert(match !== null, `expected a quantity such as 500m, 0.5 or 256Mi, found ${JSON.stringify(text)}`);
  const [, whole = '', fraction = '', unit = ''] = match;
  const factor = BigInt(FACTORS[unit] ?? 0);
  return BigInt(whole) * factor + (BigInt(fraction.padEnd(3, '0')) * factor) / 1_000n;
}

/** The larger of two amounts of one kind, as it was written. */
export function largerQuantity(one: string, other: string): string {
  return quantityMillis(one) >= quantityMillis(other) ? one : other;
}

/** The smaller of two amounts of one kind, as it was written. */
export function smallerQuantity(one: string, other: string): string {
  return quantityMillis(one) <= quantityMillis(other) ? one : other;
}
