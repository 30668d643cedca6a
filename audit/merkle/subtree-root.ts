/** Merkle tree hash over a range of leaves (RFC 6962 §2.1), the definition itself; proofs are cut from it. */
import { growFrontier } from './frontier.ts';
import type { HashHex } from './hash.ts';

/** Root over `leaves[start, end)`. */
export function subtreeRoot(leaves: readonly HashHex[], start = 0, end = leaves.length): HashHex {
  const frontier = growFrontier();
  for (let index = start; index < end; index += 1) frontier.append(leaves[index] ?? '');
  return frontier.root();
}

/** The largest power of two below `size` (`k` in the RFC); `size` is at least 2. */
export function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}
