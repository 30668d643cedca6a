/** Starts the operator: live copies of what it reads from the start on, and controllers while it leads. `main.ts` gives it the adapters. */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import type { OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import type { Metrics } from '@flotilla/runtime/metrics.ts';
import {
  type Cluster,
  type Controller,
  endlessTerm,
  type KernelLogger,
  type LeaderElectionOptions,
  type LossCause,
  makeControlMetrics,
  reconcileProblem,
  type RunInSpan,
  startLeaderElection,
  startSampling,
  type Term,
  watchProblem,
} from '@flotilla/kube/mod.ts';
import { type Leading, leadOperator } from './lead-operator.ts';
import { makeStatusBoard } from './provision/status-board.ts';
import { makePermissionBoard } from './status/permission-board.ts';
import { registerPermissionMetrics } from './prober/permission-metrics.ts';
import { startStatusFeed } from './provision/status-feed.ts';
import { kindsOf, watchResources } from './status/resource-metrics.ts';
import { startWatches } from './watches.ts';
import type { WorkloadSettings } from './workload/settings.ts';

export const LEASE_NAME = 'flotilla-operator';
/** Longest wait for controllers that end. Work that lasts longer cannot write any more, because its term is over. */
const STOP_MS_MAX = 1_000;

export interface OperatorOptions {
  readonly cluster: Cluster;
  readonly bus: NatsBus;
  /** Keys by which the operator signs the accounts of the bus. */
  readonly identity: OperatorIdentity;
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
  readonly metrics: Pick<Metrics, 'counter' | 'gauge' | 'histogram'>;
  /** Absent: no other process runs, so this one leads at once. */
  readonly election?: OperatorElection | undefined;
  readonly trace?: RunInSpan | undefined;
}

export interface OperatorElection extends Pick<LeaderElectionOptions, 'identity' | 'watchdog' | 'durationMs' | 'termMs' | 'periodMs'> {
  /** Another process leads, or this process slept beyond its term. The caller ends the process at once. */
  onDeposed(cause: Exclude<LossCause, 'expired'>): void;
}

export interface Operator {
  /** Each gives the reason why the operator cannot work at the moment, or undefined. A standby is ready when it could take over. */
  readonly checks: Readonly<Record<'cluster' | 'bus', () => string | undefined>>;
  /** Each gives the reason why only a new process would help, or undefined. */
  readonly liveChecks: Readonly<Record<'watches' | 'reconciles', () => string | undefined>>;
  isLeading(): boolean;
  /** Ends the controllers, then releases the lease. */
  stop(): Promise<void>;
}

export function startOperator(options: OperatorOptions): Operator {
  const { cluster, bus, settings, clock, rng, logger, election } = options;
  const metrics = makeControlMetrics(options.metrics);
  const watches = startWatches({ cluster, namespace: settings.namespace, clock, rng, logger });
  watchResources(options.metrics, kindsOf(watches));
  const board = makeStatusBoard(clock);
  const permissions = makePermissionBoard(clock);
  const counts = registerPermissionMetrics(options.metrics, permissions);
  const feed = startStatusFeed(bus, board, logger);
  let leading: Leading | undefined;
  const controllers = (): readonly Controller[] => leading?.controllers ?? [];
  const sampling = startSampling({ reflectors: watches.all, controllers, metrics, clock });
  let ended: Promise<void> = Promise.resolve();

  const begin = (term: Term): void => {
    metrics.leading(LEASE_NAME, true);
    leading = leadOperator({ ...options, metrics, term, watches, board, permissions, ...counts, feed });
    term.ended.addEventListener('abort', () => void end());
  };
  const end = (): Promise<void> => {
    metrics.leading(LEASE_NAME, false);
    ended = Promise.all([ended, leading?.stop()]).then(() => undefined);
    leading = undefined;
    return ended;
  };

  metrics.leading(LEASE_NAME, false);
  const elected =
    election === undefined
      ? undefined
      : startLeaderElection({
          ...election,
          // A renewal that waits behind a backlog of writes would come too late and end the term of all of them.
          cluster: cluster.urgent(),
          namespace: settings.namespace,
          name: LEASE_NAME,
          clock,
          logger,
          onElected: begin,
          onLost(cause) {
            if (cause !== 'expired') election.onDeposed(cause);
          },
        });
  if (election === undefined) begin(endlessTerm());

  return {
    checks: {
      bus: () => (leading === undefined ? bus.problem() : leading.busProblem()),
      cluster() {
        const waiting = watches.all.find((reflector) => !reflector.stats().synced);
        return waiting === undefined ? undefined : `${waiting.type.plural} are not listed yet`;
      },
    },
    liveChecks: {
      watches: () => watchProblem(watches.all),
      reconciles: () => reconcileProblem(controllers()),
    },
    isLeading: () => leading !== undefined && elected?.isLeading() !== false,
    async stop() {
      // The lease is released after the controllers have ended. Work that has not ended by then cannot write, because its term is over.
      const waiting = new AbortController();
      await Promise.race([end(), clock.sleep(STOP_MS_MAX, waiting.signal).catch(() => undefined)]);
      waiting.abort();
      await elected?.stop();
      sampling.stop();
      await Promise.all([ended, feed.stop(), ...watches.all.map((reflector) => reflector.stop())]);
    },
  };
}
