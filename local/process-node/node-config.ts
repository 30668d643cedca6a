import type { PodRange } from '../pod-range.ts';

/** What `make up` tells the process node, in a file of its own. */
export interface NodeConfig {
  readonly nodeName: string;
  readonly kubeconfigFile: string;
  readonly apiserverPort: number;
  /** What `/app` is in a container. */
  readonly checkoutDir: string;
  readonly podRange: PodRange;
  /** State and ephemeral volumes of the pods. */
  readonly podsDir: string;
  /** Persistent volumes. */
  readonly volumesDir: string;
  readonly podLogsDir: string;
  /** What the command `node` is in a container. */
  readonly nodeBinary: string;
  /** The only variables that a container has besides its own. */
  readonly childEnvironment: Readonly<Record<string, string>>;
}
