/** The halts of a cluster as rows and as a table. Pure. */
import type { FleetResources } from '../fleet/fleet.ts';
import type { Style } from '../print/style.ts';
import { formatTable } from '../print/table.ts';

export interface HaltRow {
  readonly killSwitch: string;
  readonly scope: string;
  readonly mode: string;
  readonly state: string;
  readonly reason: string;
}

export function haltRows({ killSwitches }: FleetResources): readonly HaltRow[] {
  return killSwitches.map(({ metadata, spec, status }) => ({
    killSwitch: metadata.name,
    scope: status?.scope ?? spec.scope.type,
    mode: spec.mode,
    state: status?.state ?? 'Unconfirmed',
    reason: spec.reason,
  }));
}

export function formatHalts(rows: readonly HaltRow[], style: Style): string {
  return formatTable(
    [{ title: 'KILLSWITCH' }, { title: 'SCOPE' }, { title: 'MODE' }, { title: 'STATE' }, { title: 'REASON' }],
    rows.map(({ killSwitch, scope, mode, state, reason }) => [style.bad(killSwitch), scope, mode, state, reason]),
    style,
  );
}
