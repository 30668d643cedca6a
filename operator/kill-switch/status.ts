/** Status of a KillSwitch: each portfolio in scope with the time of each step. Pure. */
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord, HaltReport } from '@flotilla/contracts/control/halt.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { HaltedPortfolio, KillSwitchSpec, KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';
import type { Report } from '../provision/status-board.ts';
import { type DomainCondition, ready, reconciling, statusBase, type Verdict } from '../status/standard-conditions.ts';
import { isHaltComplete } from './plan-halt.ts';
import { describeScope } from '../fleet/halt-scope.ts';

/** As the CRD bounds it. */
const PORTFOLIOS_MAX = 256;

export interface PortfolioHalt {
  readonly namespace: string;
  readonly name: string;
  /** What stands on the bus; undefined when the bus could not be asked. */
  readonly record: HaltRecord | undefined;
  readonly problem: string | undefined;
  readonly exec: Report<ExecStatus> | undefined;
  readonly silenceIsAbsence: boolean;
  /** Agents of the portfolio that still have a pod. */
  readonly agentsRunning: number;
}

export interface KillSwitchObservation {
  readonly object: ResourceObject;
  readonly spec: KillSwitchSpec;
  readonly portfolios: readonly PortfolioHalt[];
}

export function killSwitchStatus({ object, spec, portfolios }: KillSwitchObservation, nowMs: number): KillSwitchStatus {
  const deleting = object.metadata.deletionTimestamp !== undefined;
  const before = (object.status as KillSwitchStatus | undefined)?.portfolios ?? [];
  const steps = [...portfolios]
    .sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1))
    .slice(0, PORTFOLIOS_MAX)
    .map((halt) => {
      const last = before.find(({ namespace, name }) => namespace === halt.namespace && name === halt.name);
      return stepsOf(halt, spec, deleting, last, nowMs);
    });
  const slowest = Math.max(-1, ...steps.map(({ gateClosedDurationMs }) => gateClosedDurationMs ?? -1));
  const engaged = steps.every(({ phase }) => phase === 'Halted');
  return {
    ...statusBase(object, verdictOf(portfolios, steps, deleting), nowMs, stepConditions(steps, spec)),
    state: deleting ? 'Releasing' : engaged ? 'Engaged' : 'Engaging',
    scope: describeScope(spec),
    portfolioCount: portfolios.length,
    ...(slowest < 0 ? {} : { gateClosedDurationMsMax: slowest }),
    ...(steps.length === 0 ? {} : { portfolios: steps }),
  };
}

function verdictOf(halts: readonly PortfolioHalt[], steps: readonly HaltedPortfolio[], deleting: boolean): Verdict {
  const problem = halts.find((halt) => halt.problem !== undefined);
  if (problem?.problem !== undefined) {
    return reconciling(
      'BusUnavailable',
      `Portfolio ${problem.name}: ${problem.problem}; exec cannot trade without the bus either, and this goes on when it returns`,
    );
  }
  const open = steps.filter(({ phase }) => phase !== 'Halted');
  if (deleting) return reconciling('Releasing', 'deleted: the halt completes first, then it is released');
  const first = open[0];
  if (first !== undefined) {
    return reconciling(
      first.phase,
      `${open.length} of ${steps.length} portfolios are not halted yet, among them ${first.name}: ${first.phase}`,
    );
  }
  return ready(
    'Halted',
    steps.length === 0
      ? 'engaged; no portfolio is in scope yet'
      : steps.length === 1
        ? 'the portfolio in scope is halted'
        : `all ${steps.length} portfolios in scope are halted`,
  );
}

/** The steps of a halt, each over all portfolios in scope. */
function stepConditions(steps: readonly HaltedPortfolio[], { mode }: KillSwitchSpec): readonly DomainCondition[] {
  const isOver = ({ phase }: HaltedPortfolio): boolean => phase === 'StoppingAgents' || phase === 'Halted';
  const orders = mode === 'ReduceOnly' ? 'orders that do not reduce' : 'orders';
  return [
    stepCondition('GatesClosed', steps, 'exec has closed its gate', (step) => isOver(step) || step.gateClosedAt !== undefined),
    stepCondition(
      'OrdersCancelled',
      steps,
      `no open ${orders} at the venue, seen twice`,
      (step) => isOver(step) || step.zeroOpenOrdersVerifiedAt !== undefined,
    ),
    mode === 'ReduceOnly'
      ? {
          type: 'AgentsStopped',
          status: 'False',
          reason: 'NotAsked',
          message: 'under ReduceOnly agents keep running: they are the ones that reduce',
        }
      : stepCondition('AgentsStopped', steps, 'no agent has a pod', (step) => step.agentsScaledToZeroAt !== undefined),
  ];
}

function stepCondition(
  type: string,
  steps: readonly HaltedPortfolio[],
  what: string,
  isDone: (step: HaltedPortfolio) => boolean,
): DomainCondition {
  if (steps.length === 0) return { type, status: 'True', reason: 'NoPortfolio', message: 'no portfolio is in scope' };
  const open = steps.filter((step) => !isDone(step));
  const first = open[0];
  return first === undefined
    ? { type, status: 'True', reason: 'Done', message: `${what}: all ${steps.length} portfolios` }
    : {
        type,
        status: 'False',
        reason: 'Waiting',
        message: `${what}: ${open.length} of ${steps.length} portfolios to come, among them ${first.name}`,
      };
}

function stepsOf(
  halt: PortfolioHalt,
  spec: KillSwitchSpec,
  deleting: boolean,
  last: HaltedPortfolio | undefined,
  nowMs: number,
): HaltedPortfolio {
  const { namespace, name, record } = halt;
  // Without an answer of the bus what was known stays known.
  if (record === undefined) return last ?? { namespace, name, phase: 'Publishing' };
  if (record.state === 'RELEASED') return { ...(last ?? { namespace, name }), phase: 'Releasing' };
  const report = reportOn(record, halt.exec);
  const observedAt = record.observedAt ?? record.writtenAt;
  const held = last?.generation === record.generation ? last : undefined;
  const agentsGone =
    spec.mode === 'ReduceOnly' ? undefined : (held?.agentsScaledToZeroAt ?? (halt.agentsRunning === 0 ? isoTime(nowMs) : undefined));
  const phase = deleting ? 'Releasing' : phaseOf(record, halt, spec, agentsGone);
  return {
    namespace,
    name,
    phase,
    generation: record.generation,
    observedAt,
    publishedAt: record.writtenAt,
    ...reportSteps(report, observedAt, held),
    ...agentSteps(agentsGone, observedAt),
  };
}

function phaseOf(record: HaltRecord, halt: PortfolioHalt, spec: KillSwitchSpec, agentsGone: string | undefined): HaltedPortfolio['phase'] {
  if (!isHaltComplete(record, halt)) return reportOn(record, halt.exec) === undefined ? 'Closing' : 'Cancelling';
  return spec.mode === 'ReduceOnly' || agentsGone !== undefined ? 'Halted' : 'StoppingAgents';
}

/** What exec says about this very halt; an older report of a former halt says nothing. */
function reportOn(record: HaltRecord, exec: Report<ExecStatus> | undefined): HaltReport | undefined {
  const report = exec?.value.halt;
  return report !== undefined && report.haltId === record.haltId && report.generation >= record.generation ? report : undefined;
}

type ReportSteps = Pick<
  HaltedPortfolio,
  | 'gateClosedAt'
  | 'lastAcceptedAt'
  | 'restingCancelledAt'
  | 'restingCancelledCount'
  | 'zeroOpenOrdersVerifiedAt'
  | 'gateClosedDurationMs'
  | 'zeroOpenOrdersDurationMs'
>;

/** The first report counts: an exec that starts anew during the halt closes a gate that was closed before. */
function reportSteps(report: HaltReport | undefined, observedAt: string, held: HaltedPortfolio | undefined): ReportSteps {
  if (report === undefined) return held === undefined ? {} : heldSteps(held);
  const gateClosedAt = held?.gateClosedAt ?? report.gateClosedAt;
  const lastAcceptedAt = held?.lastAcceptedAt ?? report.lastAcceptedAt;
  const cancelledAt = held?.restingCancelledAt ?? report.restingCancelledAt;
  const verifiedAt = held?.zeroOpenOrdersVerifiedAt ?? report.zeroOpenOrdersVerifiedAt;
  return {
    gateClosedAt,
    ...(lastAcceptedAt === undefined ? {} : { lastAcceptedAt }),
    ...(cancelledAt === undefined
      ? {}
      : { restingCancelledAt: cancelledAt, restingCancelledCount: held?.restingCancelledCount ?? report.restingCancelledCount }),
    gateClosedDurationMs: durationMs(observedAt, gateClosedAt),
    ...(verifiedAt === undefined
      ? {}
      : { zeroOpenOrdersVerifiedAt: verifiedAt, zeroOpenOrdersDurationMs: durationMs(observedAt, verifiedAt) }),
  };
}

function heldSteps(held: HaltedPortfolio): ReportSteps {
  const {
    namespace: _namespace,
    name: _name,
    phase: _phase,
    generation: _generation,
    observedAt: _observedAt,
    publishedAt: _publishedAt,
    ...steps
  } = held;
  return steps;
}

function agentSteps(
  agentsGone: string | undefined,
  observedAt: string,
): Pick<HaltedPortfolio, 'agentsScaledToZeroAt' | 'agentsScaledToZeroDurationMs'> {
  return agentsGone === undefined
    ? {}
    : { agentsScaledToZeroAt: agentsGone, agentsScaledToZeroDurationMs: durationMs(observedAt, agentsGone) };
}

/** Clocks of two machines may disagree; a step never ends before it began. */
function durationMs(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}

function isoTime(nowMs: number): string {
  return new Date(nowMs).toISOString();
}
