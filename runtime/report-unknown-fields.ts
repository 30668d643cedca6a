/** Counts fields that this build does not know, and logs each name once. Such a field shows that a newer version writes. */
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Bound on the names that a process remembers, because names come from outside. Fields beyond it are counted and not logged. */
const REPORTED_FIELDS_MAX = 1_000;
const NAME_CHARACTERS_MAX = 128;

/** `record` names the kind of record, for example `executions.order` or `halt`. An index of a list is not part of a field's name. */
export type ReportUnknownFields = (record: string, fields: readonly string[]) => void;

export function makeUnknownFieldsReport(options: {
  readonly metrics: Metrics;
  readonly service: string;
  readonly logger: Logger;
}): ReportUnknownFields {
  const { metrics, service, logger } = options;
  const reported = new Set<string>();
  return (record, fields) => {
    if (fields.length === 0) return;
    metrics.unknownFields.inc({ service }, fields.length);
    for (const path of fields) {
      const field = path.replaceAll(/\.\d+(?=\.|$)/g, '.*').slice(0, NAME_CHARACTERS_MAX);
      const name = `${record}.${field}`;
      if (reported.has(name) || reported.size >= REPORTED_FIELDS_MAX) continue;
      reported.add(name);
      logger.warn({ event_type: record, field }, 'a record has a field that this build does not know; the field is kept and ignored');
    }
  };
}
