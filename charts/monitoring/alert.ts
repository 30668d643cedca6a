/** An alert: what it says, when, and the tests that prove it. */
export interface Alert {
  /** Also the name of its page, `docs/runbooks/<name>.md`. */
  readonly name: `Flotilla${string}`;
  readonly expression: string;
  /** How long it has to hold, as Prometheus writes durations. */
  readonly holdsFor: string;
  /** critical: somebody is woken. warning: somebody looks today. */
  readonly severity: 'critical' | 'warning';
  /** One line, with labels as `{{ $labels.x }}`. */
  readonly summary: string;
  /** A case that fires and one that does not. */
  readonly examples: readonly [AlertExample, AlertExample, ...AlertExample[]];
}

export interface AlertExample {
  readonly reason: string;
  /** Series as promtool writes them: a value a minute. */
  readonly series: Readonly<Record<string, string>>;
  readonly atMinutes: number;
  /** Labels of each alert that fires then, without alertname and severity. */
  readonly fires: readonly Readonly<Record<string, string>>[];
}
