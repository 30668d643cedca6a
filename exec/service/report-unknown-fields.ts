/** Counts fields of a record that this build does not know, and logs each name once: a newer version wrote the record. */
import type { Logger } from '@flotilla/runtime/log.ts';
import type { Metrics } from '@flotilla/runtime/metrics.ts';

/** Bound on remembered names, because names come from outside. */
const NAMES_MAX = 1_000;

/** Does not count a record again that is read again with the same fields. */
export function makeReportUnknownFields(
  metrics: Pick<Metrics, 'unknownFields'>,
  logger: Logger,
): (record: 'halt' | 'config', fields: readonly string[]) => void {
  const names = new Set<string>();
  const lastFields = new Map<string, string>();
  return (record, fields) => {
    const all = fields.join(' ');
    if ((lastFields.get(record) ?? '') === all) return;
    lastFields.set(record, all);
    metrics.unknownFields.inc({ service: 'exec' }, fields.length);
    for (const field of fields) {
      const name = `${record}.${field}`;
      if (names.has(name) || names.size >= NAMES_MAX) continue;
      names.add(name);
      logger.warn({ record, field }, 'a record has a field that this build does not know; the rest of the record is used');
    }
  };
}
