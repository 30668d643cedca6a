/** The OpenTelemetry SDK, loaded only through {@link ./tracing.ts}, so that a process without a collector need not carry it. */
import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Tracing } from './tracing.ts';

/** Where OTLP over HTTP takes traces, below the endpoint (OpenTelemetry protocol specification). */
const TRACES_PATH = '/v1/traces';

/** With its retries; a collector that is away must not hold up a shutdown. */
const EXPORT_MS_MAX = 1_000;

const carrierGetter = {
  get: (carrier: Readonly<Record<string, string>>, key: string) => carrier[key],
  keys: (carrier: Readonly<Record<string, string>>) => Object.keys(carrier),
};
const carrierSetter = {
  set(carrier: Record<string, string>, key: string, value: string) {
    carrier[key] = value;
  },
};

/** Context travels in carriers alone: nothing global is registered, and no async hooks run. */
export function startOpenTelemetry(service: string, endpoint: string): Tracing {
  const exporter = new OTLPTraceExporter({ url: endpoint.replace(/\/$/, '') + TRACES_PATH, timeoutMillis: EXPORT_MS_MAX });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `flotilla-${service}` }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('flotilla');
  const propagator = new W3CTraceContextPropagator();
  return {
    async span(name, carrier, work) {
      const parent = propagator.extract(ROOT_CONTEXT, carrier, carrierGetter);
      const span = tracer.startSpan(name, {}, parent);
      const child: Record<string, string> = {};
      propagator.inject(trace.setSpan(parent, span), child, carrierSetter);
      try {
        return await work(child);
      } catch (error) {
        span.recordException(error instanceof Error ? error : String(error));
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
    stop: () => provider.shutdown(),
  };
}
