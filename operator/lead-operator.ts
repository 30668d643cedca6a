/** What the operator does while it leads: the controllers, and the bus kept provisioned. Begins and ends with a term. */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { startAuditWriterController } from './audit-writer/controller.ts';
import {
  type Cluster,
  type Controller,
  type ControlMetrics,
  fencedCluster,
  type KernelLogger,
  unsubscribeOnAbort,
  makeEventRecorder,
  makeExecutor,
  makeFence,
  type RunInSpan,
  type Term,
} from '@flotilla/kube/mod.ts';
import { startKillSwitchController } from './kill-switch/controller.ts';
import { makeHaltRegister } from './kill-switch/halt-register.ts';
import { FIELD_MANAGER, KINDS } from './kinds.ts';
import { startPortfolioController } from './portfolio/controller.ts';
import { startBaseLoop } from './provision/base-loop.ts';
import { makeNatsControlBus } from './provision/nats-control-bus.ts';
import type { StatusBoard } from './provision/status-board.ts';
import type { StatusFeed } from './provision/status-feed.ts';
import { startRiskPolicyController } from './risk-policy/controller.ts';
import { startSignalSourceController } from './signal-source/controller.ts';
import { startStrategyController } from './strategy/controller.ts';
import { type Watches, watchesUntil } from './watches.ts';
import type { WorkloadSettings } from './workload/settings.ts';
import type { World } from './world.ts';

/** Without the bus the operator goes on after this. */
const SETTLING_MS_MAX = 3_000;
const HASH_ANNOTATION = 'flotilla.dev/applied-hash';

export interface LeadOptions {
  /** Every write asks it, at the API server and on the bus. */
  readonly term: Term;
  readonly cluster: Cluster;
  readonly bus: NatsBus;
  readonly watches: Watches;
  readonly board: StatusBoard;
  readonly feed: Pick<StatusFeed, 'refresh'>;
  readonly settings: WorkloadSettings;
  /** Copies of each stream. */
  readonly replicas: number;
  /** This process, in events and the audit log. */
  readonly instance: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: KernelLogger;
  readonly metrics: ControlMetrics;
  readonly trace?: RunInSpan | undefined;
}

export interface Leading {
  /** Why the bus cannot be written at the moment, or undefined. */
  busProblem(): string | undefined;
  readonly controllers: readonly Controller[];
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

export function leadOperator(options: LeadOptions): Leading {
  const { term, bus: nats, settings, clock, rng, logger, metrics, instance } = options;
  const stopping = new AbortController();
  const cluster = fencedCluster(options.cluster, term);
  const watches = watchesUntil(options.watches, stopping.signal);
  const board = unsubscribeOnAbort(options.board, stopping.signal);
  const bus = makeNatsControlBus({
    bus: nats,
    revision: settings.revision,
    actor: `operator/${instance}`.slice(0, 256),
    replicas: options.replicas,
    fence: makeFence(term),
  });
  const { killSwitches } = watches;
  const liveKillSwitches = async (): Promise<readonly ResourceObject[]> => (await cluster.list<ResourceObject>(KINDS.killSwitch)).items;
  const { namespace } = settings;
  const portfolioNames = (): readonly string[] =>
    watches.portfolios.list().flatMap(({ metadata }) => (metadata.namespace === namespace ? [metadata.name] : []));
  const halts = makeHaltRegister({ bus, board, killSwitches, liveKillSwitches, portfolios: portfolioNames, namespace, clock, logger });
  const recorder = makeEventRecorder({ cluster, controller: 'flotilla.dev/operator', instance, clock, logger });
  const settled = Promise.withResolvers<void>();
  const cancelSettling = clock.after(SETTLING_MS_MAX, settled.resolve);
  const world: World = {
    settled: settled.promise,
    watches,
    bus,
    board,
    halts,
    portfolioNames,
    settings,
    cluster,
    clock,
    rng,
    logger,
    metrics,
    trace: options.trace,
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
  const strategy = startStrategyController(world);
  const controllers: readonly Controller[] = [
    killSwitch,
    portfolio,
    strategy,
    startRiskPolicyController(world),
    startSignalSourceController(world),
    startAuditWriterController(world),
  ];

  /** The bus is there (again): a halt that could not be written goes first. */
  const wakeAll = (): void => {
    void options.feed.refresh().then(settled.resolve);
    for (const { metadata } of watches.killSwitches.list()) killSwitch.enqueue(metadata.name, 'kill');
    for (const { metadata } of watches.portfolios.list()) portfolio.enqueue(`${metadata.namespace ?? ''}/${metadata.name}`, 'permission');
    for (const { metadata } of watches.strategies.list()) strategy.enqueue(`${metadata.namespace ?? ''}/${metadata.name}`, 'spec');
  };
  const base = startBaseLoop(bus, clock, logger, wakeAll);
  const connection = nats.onConnect(() => base.wake());

  return {
    busProblem: () => bus.problem(),
    controllers,
    async stop() {
      stopping.abort(new Error('the operator leads no longer'));
      connection.unsubscribe();
      bus.close();
      recorder.stop();
      cancelSettling();
      settled.resolve();
      await Promise.all([base.stop(), ...controllers.map((controller) => controller.stop())]);
    },
  };
}
