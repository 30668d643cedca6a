/** The ports and shared parts that every controller gets. */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { Cluster, ControlMetrics, Executor, KernelLogger, RunInSpan } from '@flotilla/kube/mod.ts';
import type { HaltRegister } from './kill-switch/halt-register.ts';
import type { ControlBus } from './provision/control-bus.ts';
import type { PermissionBoard } from './status/permission-board.ts';
import type { StatusBoard } from './provision/status-board.ts';
import type { Watches } from './watches.ts';
import type { WorkloadSettings } from './workload/settings.ts';

export interface World {
  readonly watches: Watches;
  readonly bus: ControlBus;
  readonly board: StatusBoard;
  readonly halts: HaltRegister;
  /** The last proof of each principal's permissions, and the fence of those that were taken away. */
  readonly permissions: Pick<PermissionBoard, 'proof' | 'revocation' | 'onChange'>;
  /** Names of the Portfolios that this operator serves. */
  portfolioNames(): readonly string[];
  readonly settings: WorkloadSettings;
  readonly cluster: Pick<Cluster, 'find' | 'list'>;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: KernelLogger;
  readonly metrics: ControlMetrics;
  readonly trace: RunInSpan | undefined;
  /**
   * Resolves when the bus is provisioned and all reports have been read, or that has taken too long: so that a restart of the operator
   * does not tell of an outage that is none.
   */
  readonly settled: Promise<void>;
  /** One executor per controller, so that its metrics carry the name. */
  executorOf(controller: string): Executor;
}
