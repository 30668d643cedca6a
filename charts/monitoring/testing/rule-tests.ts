/** Unit tests of the alerts, as promtool reads them. */
import { parse, stringify } from 'yaml';
import type { Alert } from '../alert.ts';
import { CONTROL_ALERTS } from '../control-alerts.ts';
import { ruleFile } from '../rule-file.ts';
import { TRADING_ALERTS } from '../trading-alerts.ts';

/** Every alert. */
export const ALERTS: readonly Alert[] = [...TRADING_ALERTS, ...CONTROL_ALERTS];
const YAML = { lineWidth: 0 } as const;

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

/** The rule file without annotations: they hold values, which promtool would compare too. */
export function ruleFileForTests(): string {
  const { groups } = parse(ruleFile()) as { readonly groups: readonly { readonly name: string; readonly rules: readonly object[] }[] };
  const bare = groups.map(({ name, rules }) => ({ name, rules: rules.map((rule) => ({ ...rule, annotations: undefined })) }));
  return stringify({ groups: bare }, YAML);
}
