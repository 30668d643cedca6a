/**
 * Names the first bad entry once the quick pass has found that something between two checkpoints is wrong. Pure.
 *
 * Every line vouches for the line before (`prevHash`), and the signed tip vouches for the last line. Where a line and its voucher disagree, the
 * signed root decides between them: only the true hashes give that root.
 */
import { type Frontier, growFrontier } from '../merkle/frontier.ts';
import type { HashHex } from '../merkle/hash.ts';
import type { FindingCode } from './finding.ts';

/** A hash has one spelling: another one that decodes to the same bytes is refused. */
const HASH_PATTERN = /^[0-9a-f]{64}$/;

/** One line of the stretch, in file order. */
export interface SuspectLine {
  readonly hash: HashHex;
  /** Undefined when the line is not framed like an entry. */
  readonly frame: { readonly index: number; readonly prevHash: HashHex } | undefined;
  /** Why its stream sequence may not stand here, if so. */
  readonly succession?: string | undefined;
}

export interface Stretch {
  /** The tree at the last good checkpoint, and the leaf hash of its last entry. */
  readonly before: Frontier;
  readonly tipBefore: HashHex;
  readonly lines: readonly SuspectLine[];
  /** The checkpoint that failed; absent behind the last one. */
  readonly signed?: { readonly size: number; readonly root: HashHex; readonly tip?: HashHex } | undefined;
}

export interface Diagnosis {
  readonly code: FindingCode;
  /** Position in `lines`; may be the one behind the last line. */
  readonly position: number;
  readonly message: string;
}

export function diagnose(stretch: Stretch): Diagnosis {
  const whole = isWhole(stretch);
  return (whole ? byRoot(stretch) : undefined) ?? byPlace(stretch, whole);
}

/** True when every entry under the failed checkpoint is in its place; an entry that cannot be read counts as in its place. */
function isWhole({ lines, before, signed }: Stretch): boolean {
  if (signed === undefined || lines.length !== signed.size - before.size) return false;
  return lines.every((line, position) => line.frame === undefined || line.frame.index === before.size + position);
}

/** Certain: the entries that are found to be changed are exactly those without which the stretch gives the signed root. */
function byRoot(stretch: Stretch): Diagnosis | undefined {
  const { lines, signed } = stretch;
  const claims = lines.map((line, position) => claimOn(stretch, position) ?? line.hash);
  const settled = claims.map((claim, position) => {
    const voucher = lines[position + 1];
    const voucherBroken = voucher !== undefined && claims[position + 1] !== voucher.hash;
    return voucherBroken ? (lines[position]?.hash ?? claim) : claim;
  });
  for (const hashes of [claims, settled]) {
    if (rootOf(stretch.before, hashes) !== signed?.root) continue;
    const position = lines.findIndex((line, at) => line.hash !== hashes[at]);
    if (position >= 0) return { code: codeOf(lines[position]), position, message: 'the entry is not the one that was signed' };
  }
  return undefined;
}

/** Likely: the first place where the lines contradict each other. `rootAsked`: the root has shown that more than one entry was changed. */
function byPlace(stretch: Stretch, rootAsked: boolean): Diagnosis {
  const { lines, before, signed } = stretch;
  let tip = stretch.tipBefore;
  for (const [position, line] of lines.entries()) {
    const expected = before.size + position;
    if (line.frame === undefined) return { code: 'ENTRY_MALFORMED', position, message: `expected entry ${expected}, found another text` };
    if (line.frame.index !== expected) {
      return { code: 'ENTRY_OUT_OF_PLACE', position, message: `expected entry ${expected}, found entry ${line.frame.index}` };
    }
    if (line.frame.prevHash !== tip) return chainBreak(stretch, position, rootAsked);
    if (line.succession !== undefined) return { code: 'STREAM_DISCONTINUOUS', position, message: line.succession };
    tip = line.hash;
  }
  const found = before.size + lines.length;
  if (signed !== undefined && found < signed.size) {
    return {
      code: 'ENTRY_MISSING',
      position: lines.length,
      message: `expected ${signed.size} entries under the checkpoint, found ${found}`,
    };
  }
  const message = `one of the entries ${before.size} to ${found - 1} was changed and the chain behind it written again: the signed root is another`;
  return { code: 'HISTORY_REWRITTEN', position: 0, message };
}

/** `lines[position]` names another hash for the entry before. When the voucher of `lines[position]` agrees with it, the entry before was changed. */
function chainBreak({ lines, signed, before }: Stretch, position: number, rootAsked: boolean): Diagnosis {
  const line = lines[position];
  const voucher = lines[position + 1]?.frame?.prevHash ?? (before.size + position + 1 === signed?.size ? signed.tip : undefined);
  // The very last entry of an unsigned tail has no voucher; its predecessor's contents are then the likelier change.
  const vouchedFor = voucher === undefined ? signed === undefined : voucher === line?.hash;
  if (!rootAsked && position > 0 && vouchedFor) {
    return { code: 'ENTRY_CHANGED', position: position - 1, message: 'the next entry names another hash for this one' };
  }
  return { code: 'ENTRY_CHANGED', position, message: 'prevHash is not the hash of the entry before it' };
}

function claimOn({ lines, signed }: Stretch, position: number): HashHex | undefined {
  const claim = position + 1 < lines.length ? lines[position + 1]?.frame?.prevHash : signed?.tip;
  return claim !== undefined && HASH_PATTERN.test(claim) ? claim : undefined;
}

function rootOf(before: Frontier, leaves: readonly HashHex[]): HashHex {
  const frontier = growFrontier(before);
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}

function codeOf(line: SuspectLine | undefined): FindingCode {
  return line?.frame === undefined ? 'ENTRY_MALFORMED' : 'ENTRY_CHANGED';
}
