/** Configuration file of a process node: written by `make up` and read by the node's process. */
import type { PodRange } from '../addresses/pod-range.ts';

export interface NodeConfig {
  readonly nodeName: string;
  /** Whether the node also forwards NodePorts and provisions volumes for the whole cluster. One node of a cluster does. */
  readonly servesCluster: boolean;
  readonly leaseRenewEveryMs: number;
  readonly kubeconfigFile: string;
  readonly apiserverPort: number;
  /** The folder that is `/app` in a container. */
  readonly checkoutDir: string;
  readonly podRange: PodRange;
  /** State and ephemeral volumes of the pods. */
  readonly podsDir: string;
  /** Persistent volumes. */
  readonly volumesDir: string;
  readonly podLogsDir: string;
  /** The program that is the command `node` in a container. */
  readonly nodeBinary: string;
  /** The only variables that a container has besides its own. */
  readonly childEnvironment: Readonly<Record<string, string>>;
}
