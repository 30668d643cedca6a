/**
 * Traces: seams are instrumented by hand, and the SDK is loaded only when an endpoint is set.
 *
 * Off, a span is a function call that passes the carrier on untouched, so that a trace that began elsewhere stays unbroken.
 */
import type { Carrier, Tracing } from './tracing-port.ts';

export type { Carrier, Tracing } from './tracing-port.ts';

const TRACE_HEADERS = ['traceparent', 'tracestate'] as const;

/** Only the trace's own headers of a carrier. */
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

/** `endpoint` is an OTLP/HTTP collector, for example `http://127.0.0.1:4318`; without one nothing is loaded and nothing is recorded. */
export async function startTracing(service: string, endpoint: string | undefined): Promise<Tracing> {
  if (endpoint === undefined) return noTracing;
  const { startOpenTelemetry } = await import('./open-telemetry.ts');
  return startOpenTelemetry(service, endpoint);
}
