/**
 * Starts traces. The code makes its spans itself, and the SDK is loaded only when an endpoint is set.
 *
 * Without an endpoint, a span is a function call that passes the carrier on unchanged, so that a trace that began elsewhere stays unbroken.
 */
import type { Carrier, Tracing } from './tracing-port.ts';

export type { Carrier, Tracing } from './tracing-port.ts';

const TRACE_HEADERS = ['traceparent', 'tracestate'] as const;

/** The headers of the trace in a carrier, without others. */
export function traceHeadersOf(carrier: Carrier): Carrier {
  const result: Record<string, string> = {};
  for (const name of TRACE_HEADERS) {
    const value = carrier[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}

export const noTracing: Tracing = {
  span: (_name, carrier, work) => work(traceHeadersOf(carrier)),
  stop: () => Promise.resolve(),
};

/** `endpoint` is an OTLP/HTTP collector, for example `http://127.0.0.1:4318`. Without an endpoint, no SDK is loaded and no span is recorded. */
export async function startTracing(service: string, endpoint: string | undefined): Promise<Tracing> {
  if (endpoint === undefined) return noTracing;
  const { startOpenTelemetry } = await import('./open-telemetry.ts');
  return startOpenTelemetry(service, endpoint);
}
