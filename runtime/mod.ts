/** The adapters that every service shares: bus, key-value, store, time, settings, consume loop, health, logs, metrics, traces. */
export * from './breaker.ts';
export * from './bus/connect-bus.ts';
export * from './clock.ts';
export * from './config.ts';
export * from './consume/start-consumer.ts';
export type { Handle, HandleContext } from './consume/process-delivery.ts';
export * from './health.ts';
export * from './key-value.ts';
export * from './log.ts';
export * from './metrics.ts';
export * from './new-envelope.ts';
export * from './provision/ensure-consumer.ts';
export * from './provision/ensure-stream.ts';
export * from './publish-event.ts';
export * from './rng.ts';
export * from './service.ts';
export * from './store.ts';
export * from './trace/tracing.ts';
