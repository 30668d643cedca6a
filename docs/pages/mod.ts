/** The reference pages, rendered from the code that they describe: file name under `docs/reference/` to text. */
import { auditActionsPage } from './audit-actions.ts';
import { busPage } from './bus.ts';
import { conditionReasonsPage } from './condition-reasons.ts';
import { commandLinePage } from './command-line.ts';
import { eventsPage } from './events.ts';
import { kindPages } from './kinds.ts';
import { metricsPage } from './metrics.ts';
import { permissionsPage } from './permissions.ts';
import { settingsPage } from './settings.ts';
import { denialsPage, errorsPage, limitsPage } from './tables.ts';

export function referencePages(): Readonly<Record<string, string>> {
  return {
    'errors.md': errorsPage(),
    'condition-reasons.md': conditionReasonsPage(),
    'denials.md': denialsPage(),
    'events.md': eventsPage(),
    'audit-actions.md': auditActionsPage(),
    'bus.md': busPage(),
    'permissions.md': permissionsPage(),
    'limits.md': limitsPage(),
    'settings.md': settingsPage(),
    'metrics.md': metricsPage(),
    'command-line.md': commandLinePage(),
    ...kindPages(),
  };
}
