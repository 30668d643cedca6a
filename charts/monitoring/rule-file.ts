/** Rule groups and their unit tests as Prometheus and promtool read them. */
import { stringify } from 'yaml';
import type { Alert } from './alert.ts';
import { CONTROL_ALERTS } from './control-alerts.ts';
import { TRADING_ALERTS } from './trading-alerts.ts';

/** Stands for the folder of the runbooks, until the chart puts in where people read them. */
export const RUNBOOK_BASE = 'RUNBOOK_BASE_URL';
const GROUPS: Readonly<Record<string, readonly Alert[]>> = { 'flotilla-trading': TRADING_ALERTS, 'flotilla-control': CONTROL_ALERTS };
export const ALERTS: readonly Alert[] = Object.values(GROUPS).flat();
const YAML = { lineWidth: 0 } as const;

export function ruleFile(): string {
  const groups = Object.entries(GROUPS).map(([name, alerts]) => ({ name, rules: alerts.map(ruleOf) }));
  return stringify({ groups }, YAML);
}

/** Input of `promtool test rules`, for a rule file beside it. */
export function ruleTestFile(ruleFileName: string): string {
  const tests = ALERTS.flatMap((alert) =>
    alert.examples.map(({ reason, series, atMinutes, fires }) => ({
      name: `${alert.name}: ${reason}`,
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      alert_rule_test: [
        {
          eval_time: `${atMinutes}m`,
          alertname: alert.name,
          exp_alerts: fires.map((labels) => ({ exp_labels: { ...labels, severity: alert.severity } })),
        },
      ],
    })),
  );
  return stringify({ rule_files: [ruleFileName], evaluation_interval: '1m', tests }, YAML);
}

/** For tests: annotations hold values, which promtool would compare too. */
export function ruleFileForTests(): string {
  const groups = Object.entries(GROUPS).map(([name, alerts]) => ({
    name,
    rules: alerts.map((alert) => ({ ...ruleOf(alert), annotations: undefined })),
  }));
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
