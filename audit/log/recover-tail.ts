/** Tells the entries behind the last checkpoint from the bytes that a crash left. Pure. */
import { decodeEntry } from './decode-entry.ts';
import { SEGMENT_ENTRIES_MAX } from './format.ts';
import { type LogState, takeEntry } from './log-state.ts';
import { NO_CURSOR, streamOf, successionProblem } from './succession.ts';

const NEWLINE = 0x0a;
const ENTRY_START = '{"index":';

export type TailVerdict =
  /** The first `keptBytes` are good entries; the messages of the rest were never acknowledged, so the rest may be cut. */
  | { readonly kind: 'KEEP'; readonly keptBytes: number }
  /** A broken entry has entries behind it, which a crash cannot cause. */
  | { readonly kind: 'CORRUPT'; readonly problem: string };

/** Moves `state` over the good entries in `bytes`, which begin where `state` ends and belong to one segment. */
export function recoverTail(state: LogState, bytes: Buffer): TailVerdict {
  let keptBytes = 0;
  while (keptBytes < bytes.byteLength) {
    const end = bytes.indexOf(NEWLINE, keptBytes);
    if (end < 0) break;
    const problem = takeLine(state, bytes.subarray(keptBytes, end + 1));
    if (problem !== undefined) {
      const whatFollows = bytes.indexOf(`\n${ENTRY_START}`, keptBytes);
      if (whatFollows >= 0) return { kind: 'CORRUPT', problem: `entry ${state.frontier.size()}: ${problem}` };
      break;
    }
    keptBytes = end + 1;
    if (state.frontier.size() % SEGMENT_ENTRIES_MAX === 0) break;
  }
  return { kind: 'KEEP', keptBytes };
}

function takeLine(state: LogState, line: Buffer): string | undefined {
  const entry = decodeEntry(line.toString('utf8', 0, line.byteLength - 1));
  if (entry === undefined) return 'not an entry';
  if (entry.index !== state.frontier.size()) return `expected index ${state.frontier.size()}, found ${entry.index}`;
  if (entry.prevHash !== state.tip) return 'prevHash is not the hash of the entry before it';
  const problem = successionProblem(state.cursors.get(streamOf(entry.record)) ?? NO_CURSOR, entry.record);
  if (problem !== undefined) return problem;
  takeEntry(state, line, entry.record);
  return undefined;
}
