/** Asks exec for the ledger of a portfolio, page by page. For the commands and the demo. */
import { execSnapshotSchema, FlotillaError, subjects, type ExecSnapshot, type ExecSnapshotRequest } from '@flotilla/contracts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';

const ANSWER_TIMEOUT_MS = 1_000;
/** With 500 rows a page: five million rows, more than a portfolio can have. */
const PAGES_MAX = 10_000;

/** `problem`: why the ledger is not known, for people; begins with the portfolio. */
export type SnapshotAnswer =
  | { readonly snapshot: ExecSnapshot; readonly problem?: undefined }
  | { readonly snapshot?: undefined; readonly problem: string };

/** All pages as one snapshot; the totals are those of the first page. Never throws for what exec or the bus does. */
export async function readSnapshot(bus: Pick<NatsBus, 'request'>, portfolio: string): Promise<SnapshotAnswer> {
  const first = await readPage(bus, portfolio, {});
  if (first.snapshot === undefined) return first;
  const { next: firstNext, ...totals } = first.snapshot;
  const positions = [...totals.positions];
  const strategies = [...totals.strategies];
  let next = firstNext;
  for (let pages = 1; next !== undefined; pages += 1) {
    if (pages >= PAGES_MAX) return { problem: `portfolio ${portfolio}: expected at most ${PAGES_MAX} pages from exec, found more` };
    const page = await readPage(bus, portfolio, { after: next });
    if (page.snapshot === undefined) return page;
    if (page.snapshot.next === next) return { problem: `portfolio ${portfolio}: exec gave the same page twice` };
    positions.push(...page.snapshot.positions);
    strategies.push(...page.snapshot.strategies);
    next = page.snapshot.next;
  }
  return { snapshot: { ...totals, positions, strategies } };
}

async function readPage(bus: Pick<NatsBus, 'request'>, portfolio: string, request: ExecSnapshotRequest): Promise<SnapshotAnswer> {
  // An empty request is the first page for an exec of any version.
  const payload = request.after === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(request));
  let answer: Uint8Array | undefined;
  try {
    answer = await bus.request(subjects.execSnapshot(portfolio), payload, ANSWER_TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error;
    return { problem: `portfolio ${portfolio}: exec could not be asked: ${error.code}: ${error.message}` };
  }
  if (answer === undefined) return { problem: `portfolio ${portfolio}: exec does not answer` };
  const read = readRecordBytes(execSnapshotSchema, answer);
  return read.ok ? { snapshot: read.value } : { problem: `portfolio ${portfolio}: the answer of exec cannot be read: ${read.problem}` };
}
