/** An exact sum of one BigInt, for tests. */
import { ExactSum } from '../numbers/exact-sum.ts';

export function exactSumOf(value: bigint): ExactSum {
  const sum = new ExactSum();
  sum.addBigInt(value);
  return sum;
}
