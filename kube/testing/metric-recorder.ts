/** A metrics library for tests: it keeps what was counted. */
import type { MetricLabels, MetricSource } from '../ports/metric-source.ts';

/** Keeps the value of each series by `name{label="value"}`; for a histogram, the number of observations. */
export interface MetricRecorder extends MetricSource {
  value(series: string): number;
}

export function makeMetricRecorder(): MetricRecorder {
  const values = new Map<string, number>();
  const series = (name: string, labels: MetricLabels): string =>
    `${name}{${Object.entries(labels)
      .map(([label, value]) => `${label}="${value}"`)
      .join(',')}}`;
  const add = (key: string, value: number): void => void values.set(key, (values.get(key) ?? 0) + value);
  return {
    counter: (name) => ({ inc: (labels, value = 1) => add(series(name, labels), value) }),
    gauge: (name) => ({ set: (labels, value) => void values.set(series(name, labels), value) }),
    histogram: (name) => ({ observe: (labels) => add(series(name, labels), 1) }),
    value: (key) => values.get(key) ?? 0,
  };
}
