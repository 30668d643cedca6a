/** Proof that one entry is in the log: the audit path of RFC 6962 §2.1.1 and its check by RFC 9162 §2.1.3.2. */
import { assert } from '@flotilla/contracts';
import { type HashHex, nodeHash } from './hash.ts';
import { splitPoint, subtreeRoot } from './subtree-root.ts';

/** Sibling hashes from the leaf up to the root. @throws AssertionError when `index` is no leaf. */
export function inclusionProof(leaves: readonly HashHex[], index: number): readonly HashHex[] {
  assert(index >= 0 && index < leaves.length, `leaf ${index} is not among ${leaves.length}`);
  const path: HashHex[] = [];
  let start = 0;
  let end = leaves.length;
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      path.push(subtreeRoot(leaves, middle, end));
      end = middle;
    } else {
      path.push(subtreeRoot(leaves, start, middle));
      start = middle;
    }
  }
  return path.toReversed();
}

/** True when `proof` shows that `leaf` is entry `index` of the tree of `size` leaves with `root`. */
export function verifyInclusion(claim: {
  readonly leaf: HashHex;
  readonly index: number;
  readonly size: number;
  readonly root: HashHex;
  readonly proof: readonly HashHex[];
}): boolean {
  if (claim.index < 0 || claim.index >= claim.size) return false;
  let node = claim.index;
  let last = claim.size - 1;
  let hash = claim.leaf;
  for (const sibling of claim.proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      // A right edge without sibling climbs until it is a right child again.
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && hash === claim.root;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
