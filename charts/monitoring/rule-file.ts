/** The alerts as rule groups, as Prometheus reads them. */
import { stringify } from 'yaml';
import type { Alert } from './alert.ts';
import { CONTROL_ALERTS } from './control-alerts.ts';
import { TRADING_ALERTS } from './trading-alerts.ts';

/** Stands for the folder of the runbooks, until the chart puts in where people read them. */
export const RUNBOOK_BASE = 'RUNBOOK_BASE_URL';
const GROUPS: Readonly<Record<string, readonly Alert[]>> = { 'flotilla-trading': TRADING_ALERTS, 'flotilla-control': CONTROL_ALERTS };
const YAML = { lineWidth: 0 } as const;

export function ruleFile(): string {
  const groups = Object.entries(GROUPS).map(([name, alerts]) => ({ name, rules: alerts.map(ruleOf) }));
  return stringify({ groups }, YAML);
}

function ruleOf({ name, expression, holdsFor, severity, summary }: Alert): object {
  return {
    alert: name,
    expr: expression,
    for: holdsFor,
    labels: { severity },
    annotations: { summary, runbook_url: `${RUNBOOK_BASE}/${name}.md` },
  };
}
