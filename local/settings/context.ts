/** Types of what every command of the local cluster receives: settings, folders, ports of time and randomness, output. */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { ClusterPorts } from '../addresses/cluster-ports.ts';
import type { Log, Step } from '../print/progress.ts';
import type { LocalSettings } from './settings.ts';
import type { StateFolder } from '../files/state-folder.ts';

/** The context of every command of the local cluster. */
export interface LocalContext {
  readonly settings: LocalSettings;
  readonly folder: StateFolder;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly step: Step;
  /** The whole environment, for Go and apt. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The Node.js binary that runs the operator, the process node and the pods' `node`. */
  readonly nodeBinary: string;
}

/** The same, once the ports are settled. */
export interface ClusterContext extends LocalContext {
  readonly cluster: ClusterPorts;
}
