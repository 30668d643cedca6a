/** A Kubernetes API client for controllers: requests, lasting watches, caches of raw JSON. Knows no domain. */
export * from './backoff.ts';
export * from './cluster-error.ts';
export * from './cluster.ts';
export * from './connect-cluster.ts';
export * from './in-cluster.ts';
export * from './kube-object.ts';
export * from './logger.ts';
export * from './metric-source.ts';
export * from './object-cache.ts';
export * from './reflector.ts';
export * from './request-metrics.ts';
export * from './resource-type.ts';
export * from './resource-version.ts';
export type { ClusterRequest, Method } from './transport.ts';
