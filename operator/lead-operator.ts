/** Starts what the operator runs while it leads: the controllers, and the loop that keeps the bus provisioned. For `start-operator.ts`. */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import type { OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { startAgentRoleController } from './agent-role/controller.ts';
import { startAuditWriterController } from './audit-writer/controller.ts';
import {
  type Cluster,
  type Controller,
  type ControlMetrics,
  fencedCluster,
  type KernelLogger,
  unsubscribeOnAbort,
  type EventRecorder,
  makeEventRecorder,
  makeExecutor,
  makeFence,
  objectKey,
  type RunInSpan,
  type Term,
} from '@flotilla/kube/mod.ts';
import { startKillSwitchController } from './kill-switch/controller.ts';
import { makeHaltRegister } from './kill-switch/halt-register.ts';
import { type IdentityLoop, startIdentityLoop } from './identity/identity-loop.ts';
import { makeAccountPusher } from './identity/account-pusher.ts';
import { openPrincipalRecords } from './identity/principal-records.ts';
import { membersOf } from './identity/principals-of.ts';
import { makeTokenKeysPublisher } from './identity/token-keys.ts';
import type { PermissionBoard } from './status/permission-board.ts';
import { makeProbeAccount } from './prober/probe-account.ts';
import { startProber, type Prober, type ProberOptions } from './prober/prober-loop.ts';
import { incidentEvent } from './incidents/tell-incident.ts';
import { watchIncidents } from './incidents/watch-incidents.ts';
import { FIELD_MANAGER, KINDS } from './kinds.ts';
import { startPortfolioController } from './portfolio/controller.ts';
import { startBaseLoop } from './provision/base-loop.ts';
import type { ControlBus } from './provision/control-bus.ts';
import { principalName } from '@flotilla/contracts/access/principal.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import { makeNatsControlBus } from './provision/nats-control-bus.ts';
import type { StatusBoard } from './provision/status-board.ts';
import type { StatusFeed } from './provision/status-feed.ts';
import { startRiskPolicyController } from './risk-policy/controller.ts';
import { startSignalSourceController } from './signal-source/controller.ts';
import { startStrategyController } from './strategy/controller.ts';
import { fencedBus } from './provision/fenced-bus.ts';
import { type Watches, watchesUntil } from './watches.ts';
import type { WorkloadSettings } from './workload/settings.ts';
import type { World } from './world.ts';

/** Longest wait for the bus and the reports; then the controllers begin without them. */
const SETTLING_MS_MAX = 3_000;
/** Portfolio of an audit event that concerns no single portfolio. */
const WHOLE_NAMESPACE = 'all';
const HASH_ANNOTATION = 'flotilla.dev/applied-hash';

export interface LeadOptions {
  /** Fences every write, at the API server and on the bus. */
  readonly term: Term;
  readonly cluster: Cluster;
  readonly bus: NatsBus;
  /** Keys by which the operator signs the accounts of the bus. */
  readonly identity: OperatorIdentity;
  readonly system: SystemAccount;
  /** Address of the bus as the operator reaches it. */
  readonly busUrl: string;
  readonly permissions: PermissionBoard;
  readonly countProbe: ProberOptions['count'];
  readonly countIncident: () => void;
  readonly watches: Watches;
  readonly board: StatusBoard;
  readonly feed: Pick<StatusFeed, 'refresh'>;
  readonly settings: WorkloadSettings;
  /** Replicas of each stream. */
  readonly replicas: number;
  /** Name of this process in events and in the audit log. */
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
  /** Resolves when every controller has ended. */
  stop(): Promise<void>;
}

export function leadOperator(options: LeadOptions): Leading {
  const { bus: nats, settings, clock, rng, logger, metrics, instance } = options;
  const stopping = new AbortController();
  const bus = makeNatsControlBus({
    bus: nats,
    revision: settings.revision,
    actor: `operator/${instance}`.slice(0, 256),
    replicas: options.replicas,
    fence: makeFence(options.term),
  });
  const shared = shareUntil(stopping.signal, options, bus);
  const { cluster, watches } = shared;
  const recorder = makeEventRecorder({ cluster, controller: 'flotilla.dev/operator', instance, clock, logger });
  const settled = Promise.withResolvers<void>();
  const cancelSettling = clock.after(SETTLING_MS_MAX, settled.resolve);
  const controllers = startControllers({
    ...shared,
    settled: settled.promise,
    settings,
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
  });
  const identity = startIdentity(options, watches, cluster);
  const prober = startProbing(options, identity, bus);
  const stopWatching = startIncidentWatch(options, watches, bus, recorder);
  const onProvisioned = (): void => {
    identity.wake();
    void options.feed.refresh().then(settled.resolve);
    wakeAll(controllers, watches);
  };
  const base = startBaseLoop({ bus, clock, rng, logger, onProvisioned });
  const connection = nats.onConnect(() => base.wake());

  return {
    busProblem: () => bus.problem() ?? identity.problem(),
    controllers: Object.values(controllers),
    async stop() {
      stopping.abort(new Error('the operator leads no longer'));
      connection.unsubscribe();
      stopWatching();
      bus.close();
      recorder.stop();
      cancelSettling();
      settled.resolve();
      await Promise.all([
        prober.stop(),
        identity.stop(),
        base.stop(),
        ...Object.values(controllers).map((controller) => controller.stop()),
      ]);
    },
  };
}

/** Every change of a Portfolio, a Strategy or an AgentRole may change who may connect to the bus, and what for. */
function startIdentity(options: LeadOptions, watches: Watches, cluster: Cluster): IdentityLoop {
  const { bus, identity, system, settings, clock, rng, logger, term } = options;
  const { namespace } = settings;
  const { portfolios, strategies, agentRoles } = watches;
  const sources = [portfolios, strategies, agentRoles];
  const fence = makeFence(term);
  const records = openPrincipalRecords(fencedBus(bus, fence), namespace);
  const loop = startIdentityLoop({
    pusher: makeAccountPusher({ namespace, identity, system, records, fence, clock, logger }),
    system,
    members() {
      const isListed = sources.every((reflector) => reflector.stats().synced);
      return isListed ? membersOf(namespace, portfolios.list(), strategies.list(), agentRoles.list()) : undefined;
    },
    publishTokenKeys: makeTokenKeysPublisher(cluster, records, clock),
    clock,
    rng,
    logger,
  });
  for (const reflector of sources) reflector.onChange(() => loop.wake());
  return loop;
}

/** Proves the permissions of every principal again and again. */
function startProbing(options: LeadOptions, accounts: IdentityLoop, bus: ControlBus): Prober {
  const { identity, system, settings, clock, rng, logger, permissions, countProbe, busUrl } = options;
  const { namespace } = settings;
  return startProber({
    account: makeProbeAccount({ namespace, identity, system, url: busUrl, fence: makeFence(options.term), clock, rng }),
    board: permissions,
    principals: () => accounts.provenMembers()?.map(({ principal }) => principal),
    serversOf: (principal) => accounts.serversOf(principal),
    async tellLeak(principal, leaks) {
      const id = sha256(`leak ${principalName(principal)} ${clock.nowMs()}`);
      await bus.audit('portfolio' in principal ? principal.portfolio : WHOLE_NAMESPACE, id, 'PERMISSION_LEAKED', {
        principal: principalName(principal),
        leaks: leaks.join(' '),
      });
    },
    count: countProbe,
    clock,
    logger,
  });
}

/** Tells of principals that try what they have no right to. */
function startIncidentWatch(
  options: LeadOptions,
  { portfolios, strategies }: Watches,
  bus: ControlBus,
  recorder: EventRecorder,
): () => void {
  const { clock, logger, countIncident } = options;
  const { namespace } = options.settings;
  return watchIncidents({
    bus: options.bus,
    async audit({ principal, subject }, attemptCount) {
      const id = sha256(`attempt ${principal} ${subject} ${clock.nowMs()}`);
      await bus.audit(WHOLE_NAMESPACE, id, 'FORBIDDEN_ATTEMPT', { principal, subject, attemptCount: String(attemptCount) });
    },
    notify(incident, attemptCount) {
      const event = incidentEvent(incident, attemptCount, { namespace, portfolios: portfolios.list(), strategies: strategies.list() });
      if (event !== undefined) recorder.record(event);
    },
    count: countIncident,
    clock,
    logger,
  });
}

type Shared = Pick<World, 'cluster' | 'watches' | 'board' | 'bus' | 'halts' | 'permissions' | 'portfolioNames'> & {
  readonly cluster: Cluster;
};

/** Makes the parts that the controllers of one term share. The term fences writes; listeners end with `signal`. */
function shareUntil(signal: AbortSignal, options: LeadOptions, bus: ControlBus): Shared {
  const { term, settings, clock, logger } = options;
  const { namespace } = settings;
  const cluster = fencedCluster(options.cluster, term);
  const watches = watchesUntil(options.watches, signal);
  const board = unsubscribeOnAbort(options.board, signal);
  const { killSwitches } = watches;
  const liveKillSwitches = async (): Promise<readonly ResourceObject[]> => (await cluster.list<ResourceObject>(KINDS.killSwitch)).items;
  const portfolioNames = (): readonly string[] =>
    watches.portfolios.list().flatMap(({ metadata }) => (metadata.namespace === namespace ? [metadata.name] : []));
  const halts = makeHaltRegister({ bus, board, killSwitches, liveKillSwitches, portfolios: portfolioNames, namespace, clock, logger });
  const permissions = unsubscribeOnAbort(options.permissions, signal);
  return { cluster, watches, board, bus, halts, permissions, portfolioNames };
}

type Controllers = Readonly<
  Record<'killSwitch' | 'portfolio' | 'strategy' | 'riskPolicy' | 'agentRole' | 'signalSource' | 'auditWriter', Controller>
>;

function startControllers(world: World): Controllers {
  return {
    killSwitch: startKillSwitchController(world),
    portfolio: startPortfolioController(world),
    strategy: startStrategyController(world),
    riskPolicy: startRiskPolicyController(world),
    agentRole: startAgentRoleController(world),
    signalSource: startSignalSourceController(world),
    auditWriter: startAuditWriterController(world),
  };
}

/** After the bus has returned: a halt that could not be written goes first. */
function wakeAll({ killSwitch, portfolio, strategy }: Controllers, watches: Watches): void {
  for (const { metadata } of watches.killSwitches.list()) killSwitch.enqueue(metadata.name, 'kill');
  for (const { metadata } of watches.portfolios.list()) portfolio.enqueue(objectKey(metadata), 'permission');
  for (const { metadata } of watches.strategies.list()) strategy.enqueue(objectKey(metadata), 'spec');
}
