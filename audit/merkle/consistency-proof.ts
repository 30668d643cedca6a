/** Proof that a log only grew: RFC 6962 §2.1.2 and its check by RFC 9162 §2.1.4.2. */
import { assert } from '@flotilla/contracts';
import { EMPTY_ROOT, type HashHex, nodeHash } from './hash.ts';
import { splitPoint, subtreeRoot } from './subtree-root.ts';

/** Hashes that lead from the root of the first `oldSize` leaves to the root of all. @throws AssertionError unless 0 < oldSize <= leaves. */
export function consistencyProof(leaves: readonly HashHex[], oldSize: number): readonly HashHex[] {
  assert(oldSize > 0 && oldSize <= leaves.length, `expected an old size of 1 to ${leaves.length}, found ${oldSize}`);
  const path: HashHex[] = [];
  let start = 0;
  let end = leaves.length;
  let old = oldSize;
  // While `whole` the old tree is this very subtree, so its root is known to the reader and left out.
  let whole = true;
  while (old !== end - start) {
    const split = splitPoint(end - start);
    if (old <= split) {
      path.push(subtreeRoot(leaves, start + split, end));
      end = start + split;
    } else {
      path.push(subtreeRoot(leaves, start, start + split));
      start += split;
      old -= split;
      whole = false;
    }
  }
  if (!whole) path.push(subtreeRoot(leaves, start, end));
  return path.toReversed();
}

/** True when `proof` shows that the tree (`newSize`, `newRoot`) begins with the leaves of (`oldSize`, `oldRoot`). */
export function verifyConsistency(claim: {
  readonly oldSize: number;
  readonly oldRoot: HashHex;
  readonly newSize: number;
  readonly newRoot: HashHex;
  readonly proof: readonly HashHex[];
}): boolean {
  const { oldSize, oldRoot, newSize, newRoot } = claim;
  if (oldSize > newSize) return false;
  if (oldSize === newSize) return claim.proof.length === 0 && oldRoot === newRoot;
  if (oldSize === 0) return claim.proof.length === 0 && oldRoot === EMPTY_ROOT;
  // A power of two is a complete subtree: its root opens the path without being sent.
  const proof = isPowerOfTwo(oldSize) ? [oldRoot, ...claim.proof] : claim.proof;
  const [first, ...rest] = proof;
  if (first === undefined) return false;
  let node = oldSize - 1;
  let last = newSize - 1;
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let oldHash = first;
  let newHash = first;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      newHash = nodeHash(newHash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && oldHash === oldRoot && newHash === newRoot;
}

function isPowerOfTwo(value: number): boolean {
  return splitPoint(value + 1) === value;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
