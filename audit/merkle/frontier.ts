/**
 * The growing edge of a Merkle tree: the roots of its complete subtrees, largest first, one for each set bit of the size.
 *
 * It is all that an append needs, 53 hashes at most, however long the log.
 */
import { assert } from '@flotilla/contracts';
import { EMPTY_ROOT, type HashHex, nodeHash } from './hash.ts';

export interface Frontier {
  /** Leaves so far. */
  readonly size: number;
  readonly subtreeRoots: readonly HashHex[];
}

export interface GrowingFrontier {
  size(): number;
  append(leaf: HashHex): void;
  /** Root hash of RFC 6962 §2.1. */
  root(): HashHex;
  snapshot(): Frontier;
}

export const EMPTY_FRONTIER: Frontier = { size: 0, subtreeRoots: [] };

/** Goes on from `start`. @throws AssertionError when `start` holds another number of roots than its size has bits. */
export function growFrontier(start: Frontier = EMPTY_FRONTIER): GrowingFrontier {
  assert(start.subtreeRoots.length === bitCount(start.size), `a frontier of ${start.size} leaves has ${bitCount(start.size)} roots`);
  const roots = [...start.subtreeRoots];
  let size = start.size;
  return {
    size: () => size,
    append(leaf) {
      let carried = leaf;
      // Every trailing one bit of the size is a complete subtree that the new leaf closes together with its sibling.
      for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) carried = nodeHash(roots.pop() ?? '', carried);
      roots.push(carried);
      size += 1;
    },
    root: () => frontierRoot({ size, subtreeRoots: roots }),
    snapshot: () => ({ size, subtreeRoots: [...roots] }),
  };
}

/** Root of the tree that ends at this edge. */
export function frontierRoot(frontier: Frontier): HashHex {
  let root: HashHex | undefined;
  for (let index = frontier.subtreeRoots.length - 1; index >= 0; index -= 1) {
    const subtree = frontier.subtreeRoots[index] ?? '';
    root = root === undefined ? subtree : nodeHash(subtree, root);
  }
  return root ?? EMPTY_ROOT;
}

/** Set bits of a size, which may exceed 32 bits. */
export function bitCount(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
