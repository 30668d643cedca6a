/** Everything that the operator runs, wired together; main.ts gives it the adapters. */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { Metrics, NatsBus } from '@flotilla/runtime';
import { startAuditWriterController } from './audit-writer/controller.ts';
import type { Controller } from './control/controller.ts';
import { makeEventRecorder } from './control/event-recorder.ts';
import { makeExecutor } from './control/executor.ts';
import { makeControlMetrics } from './control/metrics.ts';
import { startKillSwitchController } from './kill-switch/controller.ts';
import { makeHaltRegister } from './kill-switch/halt-register.ts';
import type { Cluster } from './kube/cluster.ts';
import type { KernelLogger } from './kube/logger.ts';
import { startPortfolioController } from './portfolio/controller.ts';
import { startBaseLoop } from './provision/base-loop.ts';
import { makeNatsControlBus } from './provision/nats-control-bus.ts';
import { makeStatusBoard } from './provision/status-board.ts';
import { startStatusFeed } from './provision/status-feed.ts';
import { startRiskPolicyController } from './risk-policy/controller.ts';
import { startSignalSourceController } from './signal-source/controller.ts';
import { startStrategyController } from './strategy/controller.ts';
import { startWatches } from './watches.ts';
import type { WorkloadSettings } from './workload/settings.ts';
import type { World } from './world.ts';

export const FIELD_MANAGER = 'flotilla-operator';
/** Without the bus the operator goes on after this. */
const SETTLING_MS_MAX = 3_000;
const HASH_ANNOTATION = 'flotilla.dev/applied-hash';

export interface OperatorOptions {
  readonly cluster: Cluster;
  readonly bus: NatsBus;
  readonly settings: WorkloadSettings;
  /** Copies of each stream. */
  readonly replicas: number;
  /** This process, in events and the audit log. */
  readonly instance: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: KernelLogger;
  readonly metrics: Pick<Metrics, 'counter' | 'gauge' | 'histogram'>;
}

export interface Operator {
  /** Each says why the operator cannot do its work at the moment, or undefined. */
  readonly checks: Readonly<Record<'cluster' | 'bus', () => string | undefined>>;
  stop(): Promise<void>;
}

export function startOperator(options: OperatorOptions): Operator {
  const { cluster, bus: nats, settings, clock, rng, logger } = options;
  const metrics = makeControlMetrics(options.metrics);
  const watches = startWatches({ cluster, namespace: settings.namespace, clock, rng, logger });
  const bus = makeNatsControlBus({
    bus: nats,
    revision: settings.revision,
    actor: `operator/${options.instance}`.slice(0, 256),
    replicas: options.replicas,
  });
  const board = makeStatusBoard(clock);
  const { killSwitches } = watches;
  const halts = makeHaltRegister({ bus, board, killSwitches, namespace: settings.namespace, clock, logger });
  const recorder = makeEventRecorder({ cluster, controller: 'flotilla.dev/operator', instance: options.instance, clock, logger });
  const settled = Promise.withResolvers<void>();
  const cancelSettling = clock.after(SETTLING_MS_MAX, settled.resolve);
  const world: World = {
    settled: settled.promise,
    watches,
    bus,
    board,
    halts,
    settings,
    cluster,
    clock,
    rng,
    logger,
    metrics,
    executorOf: (controller) =>
      makeExecutor({
        cluster,
        fieldManager: FIELD_MANAGER,
        reflectors: watches.all,
        recorder,
        controller,
        metrics,
        hashAnnotation: HASH_ANNOTATION,
      }),
  };
  const killSwitch = startKillSwitchController(world);
  const portfolio = startPortfolioController(world);
  const controllers: readonly Controller[] = [
    killSwitch,
    portfolio,
    startStrategyController(world),
    startRiskPolicyController(world),
    startSignalSourceController(world),
    startAuditWriterController(world),
  ];
  const feed = startStatusFeed(nats, board, logger);

  /** The bus is there (again): a halt that could not be written goes first. */
  const wakeAll = (): void => {
    void feed.refresh().then(settled.resolve);
    for (const { metadata } of watches.killSwitches.list()) killSwitch.enqueue(metadata.name, 'kill');
    for (const { metadata } of watches.portfolios.list()) portfolio.enqueue(`${metadata.namespace ?? ''}/${metadata.name}`, 'permission');
    for (const { metadata } of watches.strategies.list()) controllers[2]?.enqueue(`${metadata.namespace ?? ''}/${metadata.name}`, 'spec');
  };
  const base = startBaseLoop(bus, clock, logger, wakeAll);
  const connection = nats.onConnect(() => base.wake());

  return {
    checks: {
      bus: () => bus.problem(),
      cluster() {
        const waiting = watches.all.find((reflector) => !reflector.stats().synced);
        return waiting === undefined ? undefined : `${waiting.type.plural} are not listed yet`;
      },
    },
    async stop() {
      connection.unsubscribe();
      cancelSettling();
      settled.resolve();
      await Promise.all([base.stop(), feed.stop(), ...controllers.map((controller) => controller.stop())]);
      await Promise.all(watches.all.map((reflector) => reflector.stop()));
    },
  };
}
