/**
 * Names the first bad entry once the quick pass has found that something between two checkpoints is wrong. Pure.
 *
 * Every line vouches for the line before (`prevHash`), and the signed tip vouches for the last line. Where a line and its voucher disagree, the
 * signed root decides between them: only the true hashes give that root. The lines are read once, and two lines ahead, so memory does not grow
 * with the stretch.
 */
import { type Frontier, growFrontier, type GrowingFrontier } from '../merkle/frontier.ts';
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
  /** The lines up to the failed checkpoint or up to the end, in runs of any length. Not read further than the diagnosis needs. */
  readonly runs: AsyncIterable<Iterable<SuspectLine>> | Iterable<Iterable<SuspectLine>>;
  /** The checkpoint that failed; absent behind the last one. */
  readonly signed?: { readonly size: number; readonly root: HashHex; readonly tip?: HashHex } | undefined;
}

export interface Diagnosis {
  readonly code: FindingCode;
  /** Position of a line in the stretch; may be the one behind the last line. */
  readonly position: number;
  readonly message: string;
}

/** A line and the two lines behind it, as far as there are any. */
interface Place {
  readonly position: number;
  readonly line: SuspectLine;
  readonly next: SuspectLine | undefined;
  readonly afterNext: SuspectLine | undefined;
}

/** A tree of the hashes that one reading of the vouchers gives, and the first line that has another hash. */
interface Reading {
  readonly tree: GrowingFrontier;
  differs: Diagnosis | undefined;
}

/** The findings in the lines so far. */
interface Progress {
  readonly stretch: Stretch;
  /** Every voucher is believed; and every voucher whose own line is vouched for. */
  readonly claims: Reading;
  readonly settled: Reading;
  count: number;
  /** Every entry is in its place; an entry that cannot be read counts as in its place. */
  isInPlace: boolean;
  tip: HashHex;
  /** The first place where the lines contradict each other, by whether the root was asked. */
  fault: ((rootAsked: boolean) => Diagnosis) | undefined;
}

export async function diagnose(stretch: Stretch): Promise<Diagnosis> {
  const { before, tipBefore, signed } = stretch;
  const reading = (): Reading => ({ tree: growFrontier(before), differs: undefined });
  const progress: Progress = {
    stretch,
    claims: reading(),
    settled: reading(),
    count: 0,
    isInPlace: true,
    tip: tipBefore,
    fault: undefined,
  };
  await takeRuns(progress);
  const isWhole = signed !== undefined && progress.isInPlace && progress.count === signed.size - before.size;
  return (isWhole ? byRoot(progress, signed.root) : undefined) ?? progress.fault?.(isWhole) ?? withoutFault(progress);
}

/** Without a signed root the first fault decides, so nothing behind it is read. */
async function takeRuns(progress: Progress): Promise<void> {
  const { runs, signed } = progress.stretch;
  let [line, next]: [SuspectLine | undefined, SuspectLine | undefined] = [undefined, undefined];
  for await (const run of runs) {
    for (const afterNext of run) {
      if (line !== undefined) takePlace(progress, { position: progress.count, line, next, afterNext });
      if (signed === undefined && progress.fault !== undefined) return;
      [line, next] = [next, afterNext];
    }
  }
  if (line !== undefined) takePlace(progress, { position: progress.count, line, next, afterNext: undefined });
  if (next !== undefined) takePlace(progress, { position: progress.count, line: next, next: undefined, afterNext: undefined });
}

function takePlace(progress: Progress, place: Place): void {
  const { stretch, claims, settled } = progress;
  const { line, position } = place;
  progress.count += 1;
  progress.isInPlace &&= line.frame === undefined || line.frame.index === stretch.before.size + position;
  if (stretch.signed !== undefined) {
    const claim = claimOn(stretch, place);
    takeHash(claims, place, claim);
    takeHash(settled, place, isVouchedFor(stretch, place) ? claim : line.hash);
  }
  progress.fault ??= faultOf(progress, place);
  progress.tip = line.hash;
}

function takeHash(reading: Reading, { line, position }: Place, hash: HashHex): void {
  reading.tree.append(hash);
  if (line.hash === hash) return;
  const code = line.frame === undefined ? 'ENTRY_MALFORMED' : 'ENTRY_CHANGED';
  reading.differs ??= { code, position, message: 'the entry is not the one that was signed' };
}

/** Certain: the entries that are found to be changed are exactly those without which the stretch gives the signed root. */
function byRoot({ claims, settled }: Progress, root: HashHex): Diagnosis | undefined {
  for (const { tree, differs } of [claims, settled]) if (differs !== undefined && tree.root() === root) return differs;
  return undefined;
}

/**
 * The hash that a line must have. The next line names the hash; for the last line the signed tip is the hash. Without either, the line's own hash
 * counts.
 */
function claimOn({ signed }: Stretch, { line, next }: Pick<Place, 'line' | 'next'>): HashHex {
  const claim = next === undefined ? signed?.tip : next.frame?.prevHash;
  return claim !== undefined && HASH_PATTERN.test(claim) ? claim : line.hash;
}

/** False when the next line, which names a hash for this one, has another hash than is named for itself. */
function isVouchedFor(stretch: Stretch, { next, afterNext }: Place): boolean {
  return next === undefined || claimOn(stretch, { line: next, next: afterNext }) === next.hash;
}

/** Likely: where the lines contradict each other. `rootAsked`: the root has shown that more than one entry was changed. */
function faultOf({ stretch, tip }: Progress, place: Place): Progress['fault'] {
  const { line, position } = place;
  const expected = stretch.before.size + position;
  const found = (code: FindingCode, message: string) => () => ({ code, position, message });
  if (line.frame === undefined) return found('ENTRY_MALFORMED', `expected entry ${expected}, found another text`);
  if (line.frame.index !== expected) return found('ENTRY_OUT_OF_PLACE', `expected entry ${expected}, found entry ${line.frame.index}`);
  if (line.frame.prevHash !== tip) return (rootAsked) => chainBreak(stretch, place, rootAsked);
  return line.succession === undefined ? undefined : found('STREAM_DISCONTINUOUS', line.succession);
}

/** The line names another hash for the entry before. When the voucher of the line agrees with the line, the entry before was changed. */
function chainBreak({ signed, before }: Stretch, { line, next, position }: Place, rootAsked: boolean): Diagnosis {
  const voucher = next?.frame?.prevHash ?? (before.size + position + 1 === signed?.size ? signed.tip : undefined);
  // The very last entry of an unsigned tail has no voucher; its predecessor's contents are then the likelier change.
  const vouchedFor = voucher === undefined ? signed === undefined : voucher === line.hash;
  if (!rootAsked && position > 0 && vouchedFor) {
    return { code: 'ENTRY_CHANGED', position: position - 1, message: 'the next entry names another hash for this one' };
  }
  return { code: 'ENTRY_CHANGED', position, message: 'prevHash is not the hash of the entry before it' };
}

/** The lines agree with each other: some are missing, or all were written again. */
function withoutFault({ stretch: { before, signed }, count }: Progress): Diagnosis {
  const found = before.size + count;
  if (signed !== undefined && found < signed.size) {
    return {
      code: 'ENTRY_MISSING',
      position: count,
      message: `expected ${signed.size} entries under the checkpoint, found ${found}`,
    };
  }
  const message = `one of the entries ${before.size} to ${found - 1} was changed and the chain behind it written again: the signed root is another`;
  return { code: 'HISTORY_REWRITTEN', position: 0, message };
}
