/**
 * Hashes of RFC 6962 §2.1 over SHA-256: leaves and nodes have prefixes of their own, so that no node can pass for a leaf.
 *
 * Hashes travel as 64 lower-case hexadecimal digits: immutable, comparable with `===`, and what the log's files hold.
 */
import { hash } from 'node:crypto';

export type HashHex = string;

/** Root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: HashHex = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
const HASH_BYTES = 32;

/** Reused by every call: hashing is synchronous, and a million nodes need no million buffers. */
const nodeScratch = Buffer.alloc(1 + 2 * HASH_BYTES, NODE_PREFIX);

/** SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): HashHex {
  const prefixed = Buffer.allocUnsafe(entry.byteLength + 1);
  prefixed[0] = LEAF_PREFIX;
  prefixed.set(entry, 1);
  return prefixedLeafHash(prefixed);
}

/** {@link leafHash} for bytes that begin with {@link LEAF_PREFIX} already, which saves a copy on long scans. */
export function prefixedLeafHash(prefixedEntry: Uint8Array): HashHex {
  return hash('sha256', prefixedEntry, 'hex');
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: HashHex, right: HashHex): HashHex {
  nodeScratch.write(left, 1, HASH_BYTES, 'hex');
  nodeScratch.write(right, 1 + HASH_BYTES, HASH_BYTES, 'hex');
  return hash('sha256', nodeScratch, 'hex');
}
