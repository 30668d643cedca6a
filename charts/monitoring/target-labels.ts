/** Labels that a scrape gives to every series, from the labels of the pod: the PodMonitor says so, and tests that scrape do the same. */

export interface TargetLabel {
  readonly podLabel: string;
  readonly label: string;
  /** Of the PodMonitor's relabeling; `$1` is the pod label's value. */
  readonly replacement: string;
}

export const TARGET_LABELS = [
  { podLabel: 'app.kubernetes.io/component', label: 'job', replacement: 'flotilla-$1' },
  { podLabel: 'flotilla.dev/portfolio', label: 'portfolio', replacement: '$1' },
  { podLabel: 'flotilla.dev/strategy', label: 'strategy', replacement: '$1' },
] as const satisfies readonly TargetLabel[];

/** Those that Prometheus or its operator sets by itself. */
export const SCRAPE_LABELS = ['namespace', 'pod', 'container', 'instance'] as const;

export type TargetLabelName = (typeof TARGET_LABELS)[number]['label'] | (typeof SCRAPE_LABELS)[number];
