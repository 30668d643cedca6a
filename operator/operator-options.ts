/** What the operator gets from its composition root, and from the fixtures of tests. */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { Cluster, KernelLogger, LeaderElectionOptions, LossCause, RunInSpan } from '@flotilla/kube/mod.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import type { OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import type { Metrics } from '@flotilla/runtime/metrics.ts';
import type { StoreOptions } from './store/start-store.ts';
import type { TenantSelection } from './tenants/plan-tenants.ts';
import type { WorkloadSettings } from './workload/settings.ts';

/** The ports and settings that every part of the operator gets, down to the work for one namespace. */
export interface OperatorTools {
  readonly cluster: Cluster;
  readonly system: SystemAccount;
  /** Address of the bus as the operator reaches it. */
  readonly busUrl: string;
  readonly settings: WorkloadSettings;
  /** Replicas of each stream. */
  readonly replicas: number;
  /** Name of this process in events and in the audit log. */
  readonly instance: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: KernelLogger;
  readonly trace?: RunInSpan | undefined;
}

export interface OperatorOptions extends OperatorTools {
  /** The bus of the namespace of the installation. */
  readonly bus: NatsBus;
  /** Keys by which the operator signs the accounts of the bus. */
  readonly identity: OperatorIdentity;
  /** Namespaces that the operator serves beside that of the installation. Absent: none. */
  readonly tenants?: OtherTenants | undefined;
  /** The store whose users the operator keeps. Absent: a person keeps them. */
  readonly store?: StoreOptions | undefined;
  readonly metrics: Pick<Metrics, 'counter' | 'gauge' | 'histogram'>;
  /** Absent: no other process runs, so this one leads at once. */
  readonly election?: OperatorElection | undefined;
}

/** Namespaces that the operator serves beside its own. */
export interface OtherTenants {
  /** Connects to the bus of a tenant, whose core account every server has. */
  openBus(namespace: string, identity: OperatorIdentity): Promise<NatsBus>;
  readonly selection: TenantSelection;
  /** `Cluster`: the operator reads our kinds in every namespace. `Namespace`: in each tenant's namespace alone. */
  readonly reads: 'Cluster' | 'Namespace';
}

export interface OperatorElection extends Pick<LeaderElectionOptions, 'identity' | 'watchdog' | 'durationMs' | 'termMs' | 'periodMs'> {
  /** Another process leads, or this process slept beyond its term. The caller ends the process at once. */
  onDeposed(cause: Exclude<LossCause, 'expired'>): void;
}
