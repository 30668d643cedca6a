/** The metrics of requests to the API server. */
import type { MetricSource } from '../ports/metric-source.ts';

/** Requests under client-go's names, so that its dashboards and alerts work. Make it once per process. */
export interface RequestMetrics {
  /** `statusCode` 0: no answer came. */
  answered(request: { readonly method: string; readonly host: string }, statusCode: number, durationMs: number): void;
}

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

export function makeRequestMetrics(source: MetricSource): RequestMetrics {
  const total = source.counter('rest_client_requests_total', 'Requests to the API server per method and status code', [
    'code',
    'method',
    'host',
  ]);
  const seconds = source.histogram('rest_client_request_duration_seconds', 'From sending to the answer', ['verb', 'host'], BUCKETS_SECONDS);
  return {
    answered({ method, host }, statusCode, durationMs) {
      total.inc({ code: statusCode === 0 ? '<error>' : String(statusCode), method, host });
      seconds.observe({ verb: method, host }, durationMs / 1_000);
    },
  };
}
