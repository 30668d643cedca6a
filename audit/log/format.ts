/** Names and bounds of an audit folder. */

/** Entries per segment file: a power of two, so that every full segment is one complete subtree of the Merkle tree. */
export const SEGMENT_ENTRIES_MAX = 65_536;
/** Largest line of a segment: the largest message that NATS recommends to allow (8 MiB) as base64, with room for its headers. */
export const ENTRY_BYTES_MAX = 16 * 1_048_576;
/** Largest line of the checkpoint list. */
export const CHECKPOINT_LINE_BYTES_MAX = 65_536;
/** Defaults of the pace of checkpoints; `checkpoint-pace.ts` says how they work together. */
export const CHECKPOINT_ENTRIES_MAX = 4_096;
export const CHECKPOINT_INTERVAL_MS = 1_000;

export const FILES = {
  /** Every signed checkpoint, one a line, only ever appended to. */
  checkpoints: 'checkpoints.jsonl',
  /** The newest checkpoint once more: shows when the end of the list is cut. */
  head: 'head.json',
  /** Verifier key of the log (C2SP signed-note form). */
  publicKey: 'public-key.txt',
} as const;

const INDEX_DIGITS = 16;
const SEGMENT_PATTERN = /^segment-([0-9]{16})\.jsonl$/;

/** File name of the segment whose first entry has `firstIndex`. */
export function segmentName(firstIndex: number): string {
  return `segment-${String(firstIndex).padStart(INDEX_DIGITS, '0')}.jsonl`;
}

/** First index of a segment by its file name; undefined for other files. */
export function segmentFirstIndex(fileName: string): number | undefined {
  const digits = SEGMENT_PATTERN.exec(fileName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** First index of the segment that holds entry `index`. */
export function segmentStart(index: number): number {
  return index - (index % SEGMENT_ENTRIES_MAX);
}
