/** The steps of a halt of one portfolio, each with its time, for the status of a KillSwitch. Pure. */
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord, HaltReport } from '@flotilla/contracts/control/halt.ts';
import type { HaltedPortfolio, KillSwitchSpec } from '@flotilla/contracts/resources/kill-switch.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { Report } from '../provision/status-board.ts';
import { isHaltComplete } from './plan-halt.ts';

export interface PortfolioHalt {
  readonly namespace: string;
  readonly name: string;
  /** The halt record on the bus; undefined when the bus could not be asked. */
  readonly record: HaltRecord | undefined;
  readonly problem: string | undefined;
  readonly exec: Report<ExecStatus> | undefined;
  /** The bus holds no event of any exec of this portfolio. */
  readonly neverRan: boolean;
  /** Agents of the portfolio that still have a pod. */
  readonly agentsRunning: number;
}

/** @param last the steps as the status holds them */
export function portfolioSteps(
  halt: PortfolioHalt,
  spec: KillSwitchSpec,
  deleting: boolean,
  last: HaltedPortfolio | undefined,
  nowMs: number,
): HaltedPortfolio {
  const { namespace, name, record } = halt;
  // Without an answer of the bus the steps that were taken stay; whether they still hold is unknown.
  if (record === undefined) return last === undefined ? { namespace, name, phase: 'Publishing' } : { ...last, phase: 'Unconfirmed' };
  if (record.state === 'RELEASED') return { ...(last ?? { namespace, name }), phase: 'Releasing' };
  const observedAt = record.observedAt ?? record.writtenAt;
  const held = last?.generation === record.generation ? last : undefined;
  const agentsGone =
    spec.mode === 'ReduceOnly' ? undefined : (held?.agentsScaledToZeroAt ?? (halt.agentsRunning === 0 ? isoTime(nowMs) : undefined));
  const phase = phaseOf(record, halt, spec, agentsGone);
  return {
    namespace,
    name,
    phase: deleting && phase !== 'Unconfirmed' ? 'Releasing' : phase,
    generation: record.generation,
    observedAt,
    publishedAt: record.writtenAt,
    ...reportSteps(reportOn(record, halt.exec), observedAt, held),
    ...agentSteps(agentsGone, observedAt),
  };
}

function phaseOf(record: HaltRecord, halt: PortfolioHalt, spec: KillSwitchSpec, agentsGone: string | undefined): HaltedPortfolio['phase'] {
  if (halt.exec?.fresh !== true && !halt.neverRan) return 'Unconfirmed';
  if (!isHaltComplete(record, halt)) return reportOn(record, halt.exec) === undefined ? 'Closing' : 'Cancelling';
  return spec.mode === 'ReduceOnly' || agentsGone !== undefined ? 'Halted' : 'StoppingAgents';
}

/** The report of exec about this very halt; an older report of a former halt does not count. */
function reportOn(record: HaltRecord, exec: Report<ExecStatus> | undefined): HaltReport | undefined {
  const report = exec?.value.halt;
  const haltId = record.haltId ?? `generation-${record.generation}`;
  return report !== undefined && report.haltId === haltId && report.generation >= record.generation ? report : undefined;
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

/** The first report counts: an exec that is started anew during the halt closes a gate that was closed before. */
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
  return formatTime(nowMs);
}
