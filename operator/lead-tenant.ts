/** Starts what the operator runs for one tenant namespace while it leads: the controllers, and the loops that keep the bus of the namespace. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import type { OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import { startAgentRoleController } from './agent-role/controller.ts';
import { startAuditWriterController } from './audit-writer/controller.ts';
import {
  type Cluster,
  type Controller,
  type ControlMetrics,
  fencedCluster,
  unsubscribeOnAbort,
  type EventRecorder,
  makeEventRecorder,
  makeExecutor,
  makeFence,
  objectKey,
  type Term,
} from '@flotilla/kube/mod.ts';
import { startKillSwitchController } from './kill-switch/controller.ts';
import { makeHaltRegister } from './kill-switch/halt-register.ts';
import { type IdentityLoop, startIdentityLoop } from './identity/identity-loop.ts';
import { keyPairOfSeed } from '@flotilla/runtime/identity/nkey.ts';
import { makeAccountPusher } from './identity/account-pusher.ts';
import { makeDecisionsFence } from './identity/decisions-fence.ts';
import { guardInstallationAccounts } from './identity/installation-accounts.ts';
import { guardTenantCore } from './tenants/tenant-core.ts';
import { openPrincipalRecords } from './identity/principal-records.ts';
import { peopleOf, SHARED_READER } from './identity/people-of.ts';
import { membersOf } from './identity/principals-of.ts';
import { isMarkedApart } from './fleet/normaliser-apart.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { startChangeSettler } from './identity/settle-changes.ts';
import { makeTokenKeysPublisher } from './identity/token-keys.ts';
import { keepAccessLog } from './access-log/keep-access-log.ts';
import type { PermissionBoard } from './status/permission-board.ts';
import { startApiServerLoop } from './prober/api-server-loop.ts';
import { makeProbeAccount } from './prober/probe-account.ts';
import { deniedToPrincipal } from './prober/denied-to-principal.ts';
import { startNetworkLoop } from './prober/network-loop.ts';
import { startProber, type Prober, type ProberOptions } from './prober/prober-loop.ts';
import { occurrenceId } from './incidents/occurrence-id.ts';
import { incidentEvent } from './incidents/tell-incident.ts';
import { watchIncidents } from './incidents/watch-incidents.ts';
import { FIELD_MANAGER, KINDS } from './kinds.ts';
import { startPortfolioController } from './portfolio/controller.ts';
import type { TellDrift } from './drift/drift.ts';
import { driftEvent, objectDriftTeller } from './drift/object-drift.ts';
import { type DriftCounts, makeDriftTeller } from './drift/tell-drift.ts';
import { startBaseLoop } from './provision/base-loop.ts';
import type { ControlBus } from './provision/control-bus.ts';
import { principalName } from '@flotilla/contracts/access/principal.ts';
import { makeNatsControlBus } from './provision/nats-control-bus.ts';
import type { StatusBoard } from './provision/status-board.ts';
import type { StatusFeed } from './provision/status-feed.ts';
import { startRiskPolicyController } from './risk-policy/controller.ts';
import { startSignalSourceController } from './signal-source/controller.ts';
import { startStrategyController } from './strategy/controller.ts';
import { fencedBus } from './provision/fenced-bus.ts';
import { type Watches, watchesUntil, workWatches } from './watches.ts';
import type { OperatorTools } from './operator-options.ts';
import type { World } from './world.ts';

/** Longest wait for the bus and the reports; then the controllers begin without them. */
const SETTLING_MS_MAX = 3_000;
/** Portfolio of an audit event that concerns no single portfolio. */
export const WHOLE_NAMESPACE = 'all';
const HASH_ANNOTATION = 'flotilla.dev/applied-hash';

/** What the work for one namespace needs beside the tools that all namespaces share. */
export interface TenantParts extends OperatorTools {
  /** The bus of the namespace. */
  readonly bus: NatsBus;
  /** Keys by which the operator signs the accounts of the namespace. */
  readonly identity: OperatorIdentity;
  readonly installation: Installation;
  /** Lets the probers of all tenants take turns at the bus. */
  readonly probeTurn: ProberOptions['turn'];
  /** The same at the API server. */
  readonly askTurn: ProberOptions['turn'];
}

export interface LeadOptions extends TenantParts {
  /** Fences every write, at the API server and on the bus. */
  readonly term: Term;
  readonly permissions: PermissionBoard;
  readonly countProbe: ProberOptions['count'];
  readonly countIncident: () => void;
  readonly countDrift: DriftCounts;
  readonly watches: Watches;
  readonly board: StatusBoard;
  readonly feed: Pick<StatusFeed, 'refresh'>;
  readonly metrics: ControlMetrics;
}

/** What differs between the namespace of the installation and the other tenants. */
export interface Installation {
  /** The bus of the installation, where the callout finds every principal. */
  readonly bus: NatsBus;
  /** Whether the namespace is that of the installation: its operator keeps what all tenants share. */
  readonly isOwn: boolean;
}

export interface Leading {
  /** Why the bus cannot be written at the moment, or undefined. */
  busProblem(): string | undefined;
  /** Tells the audit log of the namespace. @throws FlotillaError of the bus */
  readonly audit: ControlBus['audit'];
  readonly tellDrift: TellDrift;
  readonly controllers: readonly Controller[];
  /** Resolves when every controller has ended. */
  stop(): Promise<void>;
}

export function leadTenant(options: LeadOptions): Leading {
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
  const tellDrift = startDriftTeller(options, bus, watches, recorder);
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
        reflectors: workWatches(watches),
        recorder,
        controller,
        metrics,
        hashAnnotation: HASH_ANNOTATION,
        onDrift: objectDriftTeller(tellDrift),
      }),
  });
  const identity = startIdentity(options, watches, cluster, bus, tellDrift);
  const prober = startProbing(options, identity, bus, watches);
  const stopWatching = startIncidentWatch(options, watches, bus, recorder);
  const onProvisioned = (): void => {
    identity.wake();
    void options.feed.refresh().then(settled.resolve);
    wakeAll(controllers, watches);
  };
  const base = startBaseLoop({ bus, clock, rng, logger, onProvisioned, tellDrift });
  const connection = nats.onConnect(() => base.wake());

  return {
    busProblem: () => bus.problem() ?? identity.problem(),
    audit: (...event) => bus.audit(...event),
    tellDrift,
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

/** Every change of a Portfolio, a Strategy, an AgentRole or a person may change who may connect to the bus, and what for. */
function startIdentity(options: LeadOptions, watches: Watches, cluster: Cluster, control: ControlBus, tellDrift: TellDrift): IdentityLoop {
  const { bus, identity, system, settings, clock, rng, logger, term, permissions, installation } = options;
  const { namespace, sharedReader = true } = settings;
  const { portfolios, strategies, agentRoles, people, deployments } = watches;
  const sources = [portfolios, strategies, agentRoles, people];
  const fence = makeFence(term);
  const records = openPrincipalRecords(fencedBus(installation.bus, fence), namespace);
  const pusher = makeAccountPusher({ namespace, identity, system, records, fence, clock, logger });
  const settler = startChangeSettler({
    pusher,
    decisions: makeDecisionsFence(fencedBus(bus, fence)),
    audit: ({ portfolio, action, details }, id) => control.audit(portfolio ?? WHOLE_NAMESPACE, id, action, details),
    show: (principal, revocation) => permissions.takeRevocation(principal, revocation ?? null),
    clock,
    logger,
  });
  const loop = startIdentityLoop({
    pusher,
    installation: installation.isOwn
      ? guardInstallationAccounts({ system, issuer: () => keyPairOfSeed(identity.claimsSeed).publicKey, fence })
      : guardTenantCore({ system, identity, namespace, fence, clock }),
    system,
    onProven: (members) => settler.proven(members),
    members() {
      if (![...sources, deployments].every((reflector) => reflector.stats().synced)) return undefined;
      const isApart = isMarkedApart(deployments.get(`${namespace}/${GATEWAY_NAME}`));
      return [
        ...membersOf(namespace, portfolios.list(), strategies.list(), agentRoles.list(), isApart),
        ...(sharedReader ? [SHARED_READER] : []),
        ...peopleOf(namespace, people.list()).members,
      ];
    },
    publishTokenKeys: installation.isOwn ? makeTokenKeysPublisher(cluster, records, clock) : () => Promise.resolve(),
    tellDrift,
    clock,
    rng,
    logger,
  });
  for (const reflector of sources) reflector.onChange(() => loop.wake());
  deployments.onChange(({ object }) => {
    if (object.metadata.name === GATEWAY_NAME) loop.wake();
  });
  people.onChange(() => {
    for (const problem of peopleOf(namespace, people.list()).problems)
      logger.warn({ problem }, 'the bus does not admit a ServiceAccount that has the label of people');
  });
  const accessLog = keepAccessLog({
    system,
    // The core account is the operator's own. Another connection to it is worth a line as well.
    principalOf: (account) => (account === identity.core ? 'operator' : pusher.principalOf(account)),
    // A refused connection has no account, so no namespace but that of the installation can tell of it.
    tellsRefusals: installation.isOwn,
    audit: (portfolio, id, action, details) => control.audit(portfolio ?? WHOLE_NAMESPACE, id, action, details),
    clock,
    logger,
  });
  return {
    ...loop,
    async stop() {
      await Promise.all([loop.stop(), settler.stop(), accessLog.stop()]);
    },
  };
}

/** Proves the permissions of every principal again and again: at the bus, at the API server, and in the network by the reports of the pods. */
function startProbing(options: LeadOptions, accounts: IdentityLoop, bus: ControlBus, watches: Watches): Prober {
  const { identity, system, settings, clock, rng, logger, permissions, countProbe, busUrl, cluster } = options;
  const { namespace } = settings;
  const tellLeakOf =
    (separator: string): ProberOptions['tellLeak'] =>
    async (principal, leaks) => {
      const name = principalName(principal);
      await bus.audit(
        'portfolio' in principal ? principal.portfolio : WHOLE_NAMESPACE,
        occurrenceId(`leak ${name}`, rng),
        'PERMISSION_LEAKED',
        {
          principal: name,
          leaks: leaks.join(separator),
        },
      );
    };
  const shared = { board: permissions, count: countProbe, clock, logger };
  const atBus = startProber({
    ...shared,
    account: makeProbeAccount({ namespace, identity, system, urls: [busUrl], fence: makeFence(options.term), clock, rng }),
    principals: () => accounts.provenMembers()?.map(({ principal }) => principal),
    serversOf: (principal) => accounts.serversOf(principal),
    tellLeak: tellLeakOf(' '),
    turn: (work) => options.probeTurn(work),
  });
  // A request contains blanks.
  const atApiServer = startApiServerLoop({
    ...shared,
    cluster,
    namespace,
    members: () => accounts.provenMembers(),
    tellLeak: tellLeakOf(', '),
    turn: (work) => options.askTurn(work),
  });
  const inPods = startNetworkLoop({
    ...shared,
    engine: settings.policyEngine ?? 'None',
    reports: options.board.network,
    principals: () => (options.board.isComplete() ? accounts.provenMembers()?.map(({ principal }) => principal) : undefined),
    deniedOf: (principal) => deniedToPrincipal(principal, watches, settings),
    tellLeak: tellLeakOf(', '),
  });
  return {
    async stop() {
      await Promise.all([atBus.stop(), atApiServer.stop(), inPods.stop()]);
    },
  };
}

/** Tells of changes by hand of what the operator keeps. */
function startDriftTeller(options: LeadOptions, bus: ControlBus, watches: Watches, recorder: EventRecorder): TellDrift {
  const { clock, rng, logger, countDrift } = options;
  return makeDriftTeller({
    async audit({ what, name, expected, found }, action) {
      await bus.audit(WHOLE_NAMESPACE, occurrenceId(`${action} ${what} ${name}`, rng), action, { what, name, expected, found });
    },
    notify(drift) {
      const event = driftEvent(drift, workWatches(watches));
      if (event !== undefined) recorder.record(event);
    },
    count: countDrift,
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
  const { clock, rng, logger, countIncident } = options;
  const { namespace } = options.settings;
  return watchIncidents({
    bus: options.bus,
    async audit({ principal, subject }, attemptCount) {
      await bus.audit(WHOLE_NAMESPACE, occurrenceId(`attempt ${principal} ${subject}`, rng), 'FORBIDDEN_ATTEMPT', {
        principal,
        subject,
        attemptCount: String(attemptCount),
      });
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
