/** Page of the actions in audit events. */
import { AUDIT_ACTIONS } from '@flotilla/contracts/events/audit-actions.ts';
import { code, page, table } from './markdown.ts';

export function auditActionsPage(): string {
  const rows = Object.entries(AUDIT_ACTIONS).map(([action, { means, details }]) => [code(action), means, details.map(code).join(', ')]);
  return page(
    'Audit actions',
    'What people and the control plane did, as events `audit.event` in the stream AUDIT and in the audit log. `flotilla audit events` lists them ([how-to](../how-to/read-the-access-log.md)). The field `actor` names the operator that wrote the event. A detail is left out where it does not apply. Trades need no action: the audit log reads every stream.',
    table(['action', 'means', 'details'], rows),
  );
}
