/** The OpenTelemetry SDK. Loaded only through {@link ./tracing.ts}, so that a process without a collector does not load it. */
import { context, propagation, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { Tracing } from './tracing-port.ts';

/** Path of traces below the endpoint of OTLP over HTTP (OpenTelemetry protocol specification). */
const TRACES_PATH = '/v1/traces';

/** Bound on an export with its retries, so that a collector that is away does not delay a shutdown. */
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

/**
 * The code makes its spans itself and passes the context in carriers; the SDK instruments and detects nothing.
 * One instance in a process: the SDK registers itself globally until it is stopped.
 */
export function startOpenTelemetry(service: string, endpoint: string): Tracing {
  const sdk = new NodeSDK({
    serviceName: `flotilla-${service}`,
    autoDetectResources: false,
    instrumentations: [],
    traceExporter: new OTLPTraceExporter({ url: endpoint.replace(/\/$/, '') + TRACES_PATH, timeoutMillis: EXPORT_MS_MAX }),
  });
  sdk.start();
  const tracer = trace.getTracer('flotilla');
  return {
    async span(name, carrier, work, attributes = {}) {
      const parent = propagation.extract(ROOT_CONTEXT, carrier, carrierGetter);
      const span = tracer.startSpan(name, { attributes }, parent);
      const child: Record<string, string> = {};
      propagation.inject(trace.setSpan(parent, span), child, carrierSetter);
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
    async stop() {
      await sdk.shutdown();
      for (const api of [trace, propagation, context]) api.disable();
    },
  };
}
