/**
 * Every obstacle of a Portfolio, a Strategy and a SignalSource, each list in the order in which its obstacles count. The conditions Ready and
 * Trading and the printer columns come from these lists, so one fact has one reason everywhere. Pure.
 */
import { unreachable } from '@flotilla/contracts/errors/assert.ts';
import type { Reason, ReasonOf } from '@flotilla/contracts/conditions/condition-reasons.ts';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { AgentStatus, ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { GatewayStatus } from '@flotilla/contracts/control/gateway-status.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { WorkerProblem } from '@flotilla/contracts/control/worker-problem.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { LeakStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import type { StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import type { Report } from '../provision/status-board.ts';
import type { Obstacle, ObstacleList } from '../status/obstacle.ts';
import type { Refusal } from '../status/refusal.ts';
import type { PermissionProof } from '../status/permission-board.ts';
import { accountObstacle } from '../status/trading-words.ts';
import type { DeploymentState } from '../workload/deployment-state.ts';
import type { AgentView } from './agent-view.ts';
import type { Blocked } from './blocked.ts';
import { describeLeak } from './leak-pause.ts';
import { listOtherHolders, unconfirmedPolicies, unsettledPolicies } from './policies-in-force.ts';
import type { BlockedPortfolio, BlockedStrategy, ResolvedPortfolio, ResolvedStrategy } from './resolve-strategy.ts';
import { holdings, type RolloutStep } from './rollout-step.ts';
import { stoppageOf } from './stoppage.ts';

type StrategyObstacle = Obstacle<ReasonOf<'Strategy'>>;

/** Instruments that a message names. */
const INSTRUMENTS_NAMED_MAX = 8;

export interface PortfolioFacts {
  readonly resolved: ResolvedPortfolio | BlockedPortfolio;
  readonly halt: HaltRecord | undefined;
  /** Why the operator could not write to the bus, if it could not. */
  readonly busProblem: BusProblem | undefined;
  readonly exec: Report<ExecStatus> | undefined;
  readonly config: ExecConfig | undefined;
  readonly deployment: DeploymentState;
  /** Why exec ended by an error, when it has not reported since; undefined otherwise, and when nothing is known. */
  readonly crash?: string | undefined;
  /** By policy: the portfolios whose exec runs other limits of it. */
  readonly otherHolders: ReadonlyMap<string, readonly string[]>;
}

export interface StrategyFacts {
  readonly strategy: ResourceObject;
  readonly proof?: PermissionProof | undefined;
  readonly leak?: LeakStatus | undefined;
  readonly deleting: boolean;
  readonly resolved: ResolvedStrategy | BlockedStrategy;
  readonly stoppedBy: readonly string[];
  readonly busProblem: BusProblem | undefined;
  /** Pods of the agent. */
  readonly state: DeploymentState;
  readonly agent?: AgentView | undefined;
  readonly rollout?: RolloutStep | undefined;
  readonly rolloutStatus: StrategyStatus['rollout'];
  readonly agentReport: Report<AgentStatus> | undefined;
  readonly exec: Report<ExecStatus> | undefined;
  /** A SignalSource that the parameters name and that does not exist. */
  readonly missingSource: string | undefined;
  /** While the Strategy is being deleted: what the deletion waits for. */
  readonly leaving?: { readonly message: string } | undefined;
}

export interface SignalSourceFacts {
  readonly name: string;
  readonly resolved: { readonly ok: true } | Blocked<ReasonOf<'SignalSource'>>;
  readonly busProblem: BusProblem<'BusUnavailable'> | undefined;
  /** Pods of the gateway. */
  readonly gateway: DeploymentState;
  /** Why the API server refused the gateway's objects. */
  readonly refusal?: Refusal | undefined;
  /** Undefined: the gateway has never reported. */
  readonly report: Report<GatewayStatus> | undefined;
}

/** A write to the bus that failed: the bus is away, or it refused. */
export interface BusProblem<R extends Reason = 'BusUnavailable' | 'BusWriteFailed'> {
  readonly reason: R;
  readonly message: string;
}

export const PORTFOLIO_OBSTACLES: ObstacleList<PortfolioFacts, ReasonOf<'Portfolio'>> = {
  mistake: ({ resolved }) => (resolved.ok ? undefined : stalledBy(resolved)),
  halt: ({ halt }) => (halt?.state === 'ENGAGED' ? haltEngaged(halt) : undefined),
  bus: ({ busProblem }) => (busProblem === undefined ? undefined : onItsWay(busProblem.reason, busProblem.message, 'Unknown')),
  execCrash: ({ crash }) => (crash === undefined ? undefined : onItsWay('ExecCrashing', crash, 'Unknown')),
  execSilent: ({ exec, deployment }) => {
    if (exec?.fresh === true) return undefined;
    return deployment.state === 'Ready'
      ? onItsWay('ExecSilent', 'exec runs and has not reported for 15 s, so it cannot trade; its logs say why', 'Unknown')
      : onItsWay('ExecStarting', `exec does not report yet: ${deployment.message}`, 'Unknown');
  },
  haltRecord: ({ exec }) => unusableRecord('HaltRecordUnusable', 'halt record', exec, exec?.value.haltProblem),
  configRecord: ({ exec }) => unusableRecord('ConfigRecordUnusable', 'configuration record', exec, exec?.value.configProblem),
  account: ({ exec }) => (exec?.fresh === true ? working(accountObstacle(exec.value)) : undefined),
  configuration: ({ exec, config }) =>
    config !== undefined && exec?.value.configHash === config.configHash
      ? undefined
      : onItsWay('ConfigUnconfirmed', 'exec has not yet confirmed the newest configuration', 'False'),
  policies: ({ config, otherHolders }) => {
    const open = openPolicies(config);
    return open.length === 0 ? undefined : onItsWay('MixedPolicyHashes', increasesDenied(listOtherHolders(open, otherHolders)), 'False');
  },
  execPods: ({ deployment }) =>
    deployment.state === 'Ready' ? undefined : onItsWay('ExecStarting', `exec reports; ${deployment.message}`),
};

export const STRATEGY_OBSTACLES: ObstacleList<StrategyFacts, ReasonOf<'Strategy'>> = {
  stopped: (facts) => stopped(facts),
  bus: ({ busProblem }) => (busProblem === undefined ? undefined : onItsWay(busProblem.reason, busProblem.message, 'Unknown')),
  configEntry: ({ agent }) => {
    const problem = agent?.report?.problem;
    return problem === undefined
      ? undefined
      : stalledBy({ reason: 'ConfigEntryUnreadable', message: `exec refuses every order of the strategy: ${problem}` });
  },
  rollout: (facts) => (facts.rolloutStatus === undefined ? undefined : rollingOut(facts.rolloutStatus, facts)),
  agentPods: ({ state, agentReport, rolloutStatus }) => {
    if (state.state === 'Ready' || rolloutStatus !== undefined) return undefined;
    const problem = agentReport?.value.problem;
    return onItsWay(
      'AgentStarting',
      problem === undefined ? state.message : `${state.message}; its last report: ${problem.message}`,
      'False',
    );
  },
  // Before the problems of the agent, which follow from it: the bus refuses decisions, or exec leaves them unanswered.
  publications: ({ resolved }) => (resolved.ok ? withheldDecisions(resolved) : undefined),
  agentProblem: ({ agentReport }) => (agentReport?.fresh === true ? stalledByWorker(agentReport.value.problem) : undefined),
  signalSource: ({ missingSource }) =>
    missingSource === undefined
      ? undefined
      : stalledBy({
          reason: 'SignalSourceNotFound',
          message: `spec.parameters.source: no SignalSource ${missingSource} in this namespace, so the agent sees no alert; correct the name or create the source`,
        }),
  execSilent: (facts) =>
    facts.exec?.fresh === true
      ? undefined
      : onItsWay('ExecSilent', `the agent runs; the exec of Portfolio ${portfolioOf(facts)} does not report`, 'Unknown'),
  account: (facts) => {
    const found = facts.exec?.fresh === true ? accountObstacle(facts.exec.value) : undefined;
    return working(found === undefined ? undefined : { ...found, message: `Portfolio ${portfolioOf(facts)}: ${found.message}` });
  },
  policyDelivery: ({ resolved, exec }) => {
    const names = resolved.ok && exec?.fresh === true ? unconfirmedPolicies(resolved.policies, exec.value) : [];
    const message = `exec does not yet run the newest limits of RiskPolicy ${names.join(', ')}`;
    return names.length === 0 ? undefined : { reason: 'PolicyUnconfirmed', message, trading: 'False' };
  },
  policies: ({ resolved, exec }) => {
    const names = resolved.ok && exec?.fresh === true ? unsettledPolicies(resolved.policies, exec.value) : [];
    return names.length === 0 ? undefined : onItsWay('MixedPolicyHashes', increasesDenied(`RiskPolicy ${names.join(', ')}`), 'False');
  },
  confirmation: (facts) =>
    isUnconfirmed(facts)
      ? onItsWay('ConfigUnconfirmed', 'the agent runs; exec has not yet confirmed that it takes its orders', 'False')
      : undefined,
  agentSilent: ({ agentReport }) =>
    agentReport?.fresh === true ? undefined : { reason: 'AgentSilent', message: 'the agent runs and does not report', trading: 'Unknown' },
  noSignals: ({ agentReport, resolved }) => {
    if (agentReport?.value.firstSignalAt !== undefined || !resolved.ok) return undefined;
    const symbols = resolved.spec.instruments.slice(0, INSTRUMENTS_NAMED_MAX).join(', ');
    return { reason: 'NoSignalsYet', message: `the agent runs and has seen no signal of ${symbols} yet`, trading: 'False' };
  },
};

export const SIGNAL_SOURCE_OBSTACLES: ObstacleList<SignalSourceFacts, ReasonOf<'SignalSource'>> = {
  mistake: ({ resolved }) => (resolved.ok ? undefined : stalledBy(resolved)),
  refusal: ({ refusal }) => (refusal === undefined ? undefined : stalledBy(refusal)),
  bus: ({ busProblem }) => (busProblem === undefined ? undefined : onItsWay(busProblem.reason, busProblem.message)),
  gatewayPods: ({ gateway }) => (gateway.state === 'Ready' ? undefined : onItsWay('GatewayStarting', gateway.message)),
  gatewaySilent: ({ report }) => (report?.fresh === true ? undefined : onItsWay('GatewaySilent', gatewaySilence(report))),
  notTakenUp: ({ report, name }) =>
    report === undefined || report.value.sources.some((source) => source.name === name)
      ? undefined
      : onItsWay('GatewayStarting', NOT_TAKEN_UP),
  leftOut: ({ report, name }) => stalledByWorker(report?.value.sources.find((source) => source.name === name)?.problem),
  normaliser: ({ report }) => (report?.value.normaliserProblem === undefined ? undefined : normaliserAway(report.value.normaliserProblem)),
};

export const NOT_TAKEN_UP = 'the gateway has not yet taken up this source';

function normaliserAway(problem: string): Obstacle<'NormaliserAway'> {
  return onItsWay('NormaliserAway', `the gateway stores the signals of the source, and its normaliser does not pass them on: ${problem}`);
}

/** Why nothing is known of the gateway although its pods are ready. */
export function gatewaySilence(report: Report<GatewayStatus> | undefined): string {
  return report === undefined
    ? 'the gateway runs and has not reported yet, so it is unknown whether it serves the source; if this lasts, its logs say why'
    : 'the gateway runs and has not reported for 15 s; its logs say why';
}

/** A strategy that must stop is Ready once its agent is gone and exec has confirmed the state. */
function stopped(facts: StrategyFacts): StrategyObstacle | undefined {
  const stoppage = stoppageOf(facts);
  if (stoppage === undefined) return undefined;
  switch (stoppage.by) {
    case 'Deletion':
      return onItsWay('Deleting', facts.leaving?.message ?? 'waits until exec has halted the strategy', 'False');
    case 'Mistake':
      return stalledBy(stoppage.mistake);
    case 'KillSwitch':
      return stopping('HaltedByKillSwitch', `KillSwitch ${stoppage.killSwitch} is engaged`, facts, undefined);
    case 'Leak':
      return stalledBy({ reason: 'PermissionLeaked', message: describeLeak(facts.strategy, stoppage.leak, facts.proof) });
    case 'Spec': {
      const { desiredState } = stoppage;
      return stopping(desiredState, `spec.desiredState is ${desiredState}`, facts, missingAtExec(desiredState, facts));
    }
    default:
      return unreachable(stoppage);
  }
}

function stopping(
  reason: 'HaltedByKillSwitch' | 'Paused' | 'Halted',
  why: string,
  facts: StrategyFacts,
  missing: string | undefined,
): StrategyObstacle {
  const { state } = facts;
  const isGone = state.state === 'Gone' || state.state === 'Absent';
  if (!isGone) return onItsWay(reason, `${why}: ${state.message}`, 'False');
  if (missing !== undefined)
    return onItsWay(reason, `${why}: the agent is stopped; ${missing}`, facts.exec?.fresh === true ? 'False' : 'Unknown');
  return { reason, message: `${why}: the agent is stopped`, readiness: 'Stopped', trading: 'False' };
}

/** The part that exec has not confirmed yet. A silent exec confirms nothing. The operator does not wait for an exec that reports no strategies. */
function missingAtExec(desiredState: 'Paused' | 'Halted', { agent, exec }: StrategyFacts): string | undefined {
  if (exec?.fresh !== true) return 'exec does not report, so it has not confirmed this';
  const report = agent?.report;
  if (report === undefined) return undefined;
  if (report.desiredState !== desiredState) {
    return report.problem === undefined ? 'exec has not confirmed it yet' : `exec cannot confirm it: ${report.problem}`;
  }
  if (desiredState === 'Halted' && report.halt?.zeroOpenOrdersVerifiedAt === undefined) {
    return `exec has not yet confirmed twice that no order of the strategy is open: ${holdings(report)}`;
  }
  return undefined;
}

function rollingOut(
  { from, to, phase }: NonNullable<StrategyStatus['rollout']>,
  { rollout, state, agent }: StrategyFacts,
): StrategyObstacle {
  const waitsFor = rollout?.message ?? (agent?.older === undefined ? state.message : 'waits until the old agent has ended');
  const isAgentStopped = rollout !== undefined && !rollout.keepsAgent;
  const message = `revision ${to} follows ${from}: ${waitsFor}${isAgentStopped ? '; no agent runs meanwhile' : ''}`;
  const takesOrders = rollout?.keepsAgent === true && phase !== 'Draining';
  return {
    reason: phase === 'Blocked' ? 'HandoverBlocked' : phase === 'Draining' ? 'Draining' : 'RollingOut',
    message,
    readiness: phase === 'Blocked' ? 'Stalled' : 'Reconciling',
    ...(takesOrders ? {} : { trading: 'False' as const }),
  };
}

/** While a rollout lasts, exec takes the orders of the older revision. An exec that is silent, or reports no strategies, cannot confirm a revision. */
function isUnconfirmed({ agent, exec, rolloutStatus }: StrategyFacts): boolean {
  if (exec?.fresh !== true || exec.value.strategies === undefined || agent === undefined) return false;
  if (agent.report?.desiredState !== 'Running') return true;
  const { revision } = agent.report;
  return revision !== agent.wantedRevision && (rolloutStatus === undefined || revision !== agent.older?.revision);
}

function haltEngaged({ killSwitch, mode = 'CancelAndHold' }: HaltRecord): Obstacle<'ReducingByKillSwitch' | 'HaltedByKillSwitch'> {
  const reason = mode === 'ReduceOnly' ? 'ReducingByKillSwitch' : 'HaltedByKillSwitch';
  const who = killSwitch === undefined ? 'the break-glass command has engaged a halt' : `KillSwitch ${killSwitch} is engaged`;
  return { reason, message: `${who} (${mode})`, readiness: 'Working', trading: 'False' };
}

/** The operator writes both records again by itself, so the obstacle passes without help. Only a live exec knows what it can use. */
function unusableRecord<R extends Reason>(
  reason: R,
  record: string,
  exec: Report<ExecStatus> | undefined,
  problem: string | undefined,
): Obstacle<R> | undefined {
  if (exec?.fresh !== true || problem === undefined) return undefined;
  return onItsWay(reason, `exec cannot use the ${record}, so it denies orders that increase risk: ${problem}`, 'False');
}

/** Names of the policies of which execs may run different limits. */
export function openPolicies(config: ExecConfig | undefined): readonly string[] {
  return (config?.policies ?? []).filter(({ delivery }) => delivery !== 'Settled').map(({ name }) => name);
}

export function increasesDenied(policies: string): string {
  return `orders that increase risk are denied until every exec that reports runs the same limits of ${policies}`;
}

/** The agent runs, and its AgentRole keeps its decisions from exec. */
function withheldDecisions({ role }: ResolvedStrategy): StrategyObstacle | undefined {
  const withheld = { readiness: 'Stopped', trading: 'False' } as const;
  switch (role?.spec.publications) {
    case 'Proposals':
      return {
        ...withheld,
        reason: 'DecisionsProposedOnly',
        message: `the agent runs; under AgentRole ${role.name} the bus stores its proposals and refuses its intents`,
      };
    case 'Quarantine':
      return {
        ...withheld,
        reason: 'DecisionsQuarantined',
        message: `the agent runs; AgentRole ${role.name} diverts its decisions to the stream QUARANTINE, and exec does not see them`,
      };
    case 'Nothing':
      return {
        ...withheld,
        reason: 'DecisionsRefused',
        message: `the agent runs; under AgentRole ${role.name} the bus refuses its decisions`,
      };
    default:
      return undefined;
  }
}

function portfolioOf({ resolved }: StrategyFacts): string {
  return resolved.ok ? resolved.spec.portfolioRef.name : '';
}

type Words<R extends Reason> = Pick<Obstacle<R>, 'reason' | 'message'>;

function stalledBy<R extends Reason>({ reason, message }: Words<R>): Obstacle<R> {
  return { reason, message, readiness: 'Stalled', trading: 'False' };
}

/** A worker of another version may report a reason that this build does not know. The status shows every reason as reported. */
function stalledByWorker<R extends Reason>(problem: WorkerProblem | undefined): Obstacle<R> | undefined {
  return problem === undefined ? undefined : stalledBy({ reason: problem.reason as R, message: problem.message });
}

function onItsWay<R extends Reason>(reason: R, message: string, trading?: 'False' | 'Unknown'): Obstacle<R> {
  return { reason, message, readiness: 'Reconciling', ...(trading === undefined ? {} : { trading }) };
}

function working<R extends Reason>(words: Words<R> | undefined): Obstacle<R> | undefined {
  return words === undefined ? undefined : { reason: words.reason, message: words.message, readiness: 'Working', trading: 'False' };
}
