/** Gives the metric label of a source, for the counters of webhooks. */
import type { SourceTable } from '../sources/source-table.ts';

/** Metric label of a source name out of a request: strangers must not be able to make new labels. */
export function sourceLabel(table: SourceTable, source: string): string {
  return table.sources.has(source) ? source : 'unknown';
}
