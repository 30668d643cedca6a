/**
 * Addresses that a pod of a principal must not reach, by name. The compile of roles says which of them a principal is denied, the service in the pod tries
 * them, and the operator judges the report of the service. Pure.
 */
import { SERVICE_PORTS } from '../values/service-ports.ts';

/**
 * - `apiServer`: the API server.
 * - `store`: Redis.
 * - `operator`: the health port of the operator, as an example of the health ports of other workloads.
 * - `gateway`: the webhooks of the gateway, which accepts every client, so that only the policy of the caller denies the connection.
 * - `metadata`: the metadata service of a cloud, which gives its callers the credentials of the node.
 */
export const NETWORK_TARGETS = ['apiServer', 'store', 'operator', 'gateway', 'metadata'] as const;
export type NetworkTarget = (typeof NETWORK_TARGETS)[number];

/**
 * Targets that answer whenever the operator works: the operator is one, and leads by the other. The silence of other targets proves nothing by itself,
 * because nothing may listen there.
 */
export const LIVE_TARGETS: ReadonlySet<string> = new Set<NetworkTarget>(['apiServer', 'operator']);

/** Address of the metadata service of most clouds. */
export const METADATA_ADDRESS = '169.254.169.254';

/** Ports of a target, before and after the translation of its Service: engines judge a connection after the translation. */
export const TARGET_PORTS: Readonly<Record<NetworkTarget, readonly number[]>> = {
  apiServer: [443, 6443, 8443],
  store: [6379],
  operator: [SERVICE_PORTS.operator],
  gateway: [SERVICE_PORTS.gateway],
  metadata: [80],
};

/**
 * Targets without those whose port a NetworkPolicy opens at some address: the address may be that of the target, which only the engine knows. No policy
 * opens the metadata service of a cloud.
 */
export function withoutOpenPorts(targets: readonly NetworkTarget[], openPorts: readonly number[]): readonly NetworkTarget[] {
  return targets.filter((target) => target === 'metadata' || !TARGET_PORTS[target].some((port) => openPorts.includes(port)));
}
