/** The OpenTelemetry SDK, loaded only through {@link ./tracing.ts}: 43 MiB that a process without a collector need not carry. */
import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { Tracing } from './tracing.ts';

export function startOpenTelemetry(service: string, endpoint: string): Tracing {
  void endpoint;
  const sdk = new NodeSDK({ serviceName: service });
  sdk.start();
  const tracer = trace.getTracer('flotilla');
  return {
    span(name, carrier, work) {
      const parent = propagation.extract(context.active(), carrier);
      return tracer.startActiveSpan(name, {}, parent, async (span) => {
        const child: Record<string, string> = {};
        propagation.inject(trace.setSpan(parent, span), child);
        try {
          return await work(child);
        } catch (error) {
          span.recordException(error instanceof Error ? error : String(error));
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      });
    },
    stop: () => sdk.shutdown(),
  };
}
