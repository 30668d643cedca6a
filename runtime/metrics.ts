/** Prometheus metrics: one registry for each service, with the two metrics that every service has. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds: from a tenth of a millisecond to ten seconds. */
const DURATION_BUCKETS_S = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface Metrics {
  /** `processing_duration_seconds{operation}`. */
  readonly processingDuration: Histogram<'operation'>;
  /** `unknown_fields_total{service}`. */
  readonly unknownFields: Counter<'service'>;
  /** A second call with the same name gives the same metric. */
  counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label>;
  /** `collect` is called at every scrape and sets the gauge, for values that are cheaper to look up than to keep. */
  gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    collect?: (gauge: Pick<Gauge<Label>, 'set' | 'reset'>) => void,
  ): Gauge<Label>;
  /** Buckets default to durations in seconds. */
  histogram<Label extends string>(name: string, help: string, labelNames: readonly Label[], buckets?: readonly number[]): Histogram<Label>;
  /** The text that Prometheus scrapes. */
  render(): Promise<string>;
  readonly contentType: string;
}

export function makeMetrics(service: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const found = (name: string): unknown => registry.getSingleMetric(name);
  const counter: Metrics['counter'] = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    (found(name) as Counter<Label> | undefined) ?? new Counter<Label>({ name, help, labelNames: [...labelNames], registers });
  const histogram: Metrics['histogram'] = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: readonly number[] = DURATION_BUCKETS_S,
  ) =>
    (found(name) as Histogram<Label> | undefined) ??
    new Histogram<Label>({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers });
  const unknownFields = counter('unknown_fields_total', 'Fields of events and records that this build does not know', ['service']);
  unknownFields.inc({ service }, 0);
  return {
    processingDuration: histogram('processing_duration_seconds', 'Time to handle one message or request', ['operation']),
    unknownFields,
    counter,
    gauge: <Label extends string>(
      name: string,
      help: string,
      labelNames: readonly Label[],
      collect?: (gauge: Pick<Gauge<Label>, 'set' | 'reset'>) => void,
    ) =>
      (found(name) as Gauge<Label> | undefined) ??
      new Gauge<Label>({
        name,
        help,
        labelNames: [...labelNames],
        registers,
        ...(collect === undefined
          ? {}
          : {
              collect() {
                collect(this);
              },
            }),
      }),
    histogram,
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
