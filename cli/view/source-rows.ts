/** The signal sources of a fleet as rows and as a table. Pure. */
import type { FleetResources } from '../fleet/fleet.ts';
import type { Style } from '../print/style.ts';
import { formatTable } from '../print/table.ts';

export interface SourceRow {
  readonly source: string;
  readonly scheme: string;
  /** Null when the operator has not reported on the source. */
  readonly ready: boolean | null;
  readonly path: string;
  readonly why: string;
}

export function sourceRows({ signalSources }: FleetResources): readonly SourceRow[] {
  return signalSources.map(({ metadata, spec, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    return {
      source: metadata.name,
      scheme: spec.scheme,
      ready: ready === undefined || ready.status === 'Unknown' ? null : ready.status === 'True',
      path: status?.path ?? '',
      why: ready?.status === 'True' ? '' : (ready?.message ?? 'the operator has not reported on it yet'),
    };
  });
}

export function formatSources(rows: readonly SourceRow[], style: Style): string {
  return formatTable(
    [{ title: 'SOURCE' }, { title: 'SCHEME' }, { title: 'READY' }, { title: 'PATH' }, { title: 'WHY' }],
    rows.map(({ source, scheme, ready, path, why }) => [
      source,
      scheme,
      ready === null ? style.warn('Unknown') : ready ? style.good('True') : style.bad('False'),
      path || '-',
      why,
    ]),
    style,
  );
}
