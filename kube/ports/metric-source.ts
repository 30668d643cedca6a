/** The metrics library that the library counts with. A thin adapter over prom-client fits. */
export type MetricLabels = Record<string, string>;

export interface MetricSource {
  counter(name: string, help: string, labelNames: readonly string[]): { inc(labels: MetricLabels, value?: number): void };
  gauge(name: string, help: string, labelNames: readonly string[]): { set(labels: MetricLabels, value: number): void };
  histogram(
    name: string,
    help: string,
    labelNames: readonly string[],
    buckets?: readonly number[],
  ): { observe(labels: MetricLabels, value: number): void };
}
