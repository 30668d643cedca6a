/** Counts the rows of datasets that can be used, in the background, and remembers the counts until a file changes. */
import { FlotillaError, NO_ROWS, type RowCounts } from '@flotilla/contracts';
import { countRefused } from './count-refused.ts';
import type { DescribedDataset } from './describe-dataset.ts';
import { openRows } from './open-rows.ts';

export type Survey =
  | { readonly ok: true; readonly counts: RowCounts }
  /** The file cannot be replayed at all, for example because its header lacks a column. */
  | { readonly ok: false; readonly problem: string };

export interface SurveyBook {
  /** The finished survey; undefined while it is not finished. The first call starts it, after those that were asked for before. */
  peek(described: DescribedDataset): Survey | undefined;
  /** Starts the survey at once, unless it runs or is finished. */
  survey(described: DescribedDataset): Promise<Survey>;
  /** Ends the surveys under way; they resolve with a problem. */
  close(): void;
}

/** As many as all sources of a gateway may name (256 with 64 each). */
const REMEMBERED_MAX = 16_384;
/** Bound on rows, and with it on the memory of a replay: one bit a row. */
export const ROWS_MAX = 100_000_000;

interface Entry {
  readonly version: string;
  readonly begin: () => Promise<Survey>;
  finished?: Survey;
}

export function makeSurveyBook(): SurveyBook {
  const entries = new Map<string, Entry>();
  const closing = new AbortController();
  let background = Promise.resolve();

  function entryOf(described: DescribedDataset): { readonly entry: Entry; readonly isNew: boolean } {
    const key = JSON.stringify([described.path, described.dataset]);
    const known = entries.get(key);
    if (known?.version === described.version) return { entry: known, isNew: false };
    let running: Promise<Survey> | undefined;
    const entry: Entry = {
      version: described.version,
      begin: () =>
        (running ??= surveyOf(described, closing.signal).then((survey) => {
          entry.finished = survey;
          return survey;
        })),
    };
    entries.delete(key);
    entries.set(key, entry);
    const oldest = entries.keys().next().value;
    if (entries.size > REMEMBERED_MAX && oldest !== undefined) entries.delete(oldest);
    return { entry, isNew: true };
  }

  return {
    peek(described) {
      const { entry, isNew } = entryOf(described);
      if (isNew) background = beginAfter(background, entry);
      return entry.finished;
    },
    survey: (described) => entryOf(described).entry.begin(),
    close: () => closing.abort(),
  };
}

/** One survey at a time, so that the gateway has time for its webhooks. */
async function beginAfter(previous: Promise<void>, entry: Entry): Promise<void> {
  await previous;
  await entry.begin();
}

async function surveyOf(described: DescribedDataset, signal: AbortSignal): Promise<Survey> {
  let counts = NO_ROWS;
  try {
    for await (const rows of openRows(described)) {
      if (signal.aborted) return { ok: false, problem: 'the gateway stops' };
      for (const row of rows)
        counts = row.ok ? { ...counts, usable: counts.usable + 1 } : countRefused(counts, described.dataset.file, row);
      if (counts.usable + counts.refused > ROWS_MAX)
        return { ok: false, problem: `expected at most ${ROWS_MAX} rows in ${described.dataset.file}: split the file` };
    }
    return { ok: true, counts };
  } catch (cause) {
    if (!(cause instanceof FlotillaError)) throw cause;
    return { ok: false, problem: `${described.dataset.file}: ${cause.message}` };
  }
}
