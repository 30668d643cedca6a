/** How a program gets a Cluster: from a kubeconfig, or from the pod that it runs in. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Cluster } from './cluster.ts';
import { clusterOver } from './cluster-requests.ts';
import { type InClusterAddress, inClusterConnection } from '../transport/in-cluster.ts';
import { kubeconfigConnection } from '../transport/kubeconfig.ts';
import type { RequestMetrics } from '../transport/request-metrics.ts';
import { makeTransport } from '../transport/transport.ts';

export interface ConnectOptions {
  /** A kubeconfig file, or the pod's own service account. */
  readonly from: { readonly kubeconfigPath: string; readonly context?: string } | { readonly inCluster: InClusterAddress };
  readonly clock: Clock;
  /** Shown in the API server's logs and metrics. */
  readonly userAgent: string;
  readonly metrics?: RequestMetrics | undefined;
}

/**
 * Opens no socket. The first request opens one.
 *
 * @throws FlotillaError CONFIG_INVALID when the kubeconfig or the mounted service account cannot be used.
 */
export function connectCluster(options: ConnectOptions): Cluster {
  const { from, clock } = options;
  const connection =
    'inCluster' in from
      ? inClusterConnection(from.inCluster, clock)
      : kubeconfigConnection({ path: from.kubeconfigPath, ...(from.context === undefined ? {} : { context: from.context }) }, clock);
  return clusterOver(makeTransport(connection, clock, options.userAgent, options.metrics), connection.namespace);
}
