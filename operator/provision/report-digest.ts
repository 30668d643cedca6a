/** What of a report ends up in a status: not the counters, which change with every order. Pure. */
import { canonicalJson } from '@flotilla/contracts/canonical-json.ts';
import type { AgentStatus, ExecStatus, StrategyReport } from '@flotilla/contracts/control/exec-status.ts';
import type { GatewayStatus } from '@flotilla/contracts/control/gateway-status.ts';

export interface ReportDigest {
  /** All of it. */
  readonly whole: string;
  /** What the status of every strategy speaks about. */
  readonly common: string;
  /** By strategy. */
  readonly strategies: ReadonlyMap<string, string>;
}

const NO_STRATEGIES: ReadonlyMap<string, string> = new Map();

export function execDigest(status: ExecStatus): ReportDigest {
  const { updatedAt: _updatedAt, openOrders: _openOrders, halt, strategies = [], ...rest } = status;
  const digests = new Map(strategies.map((strategy) => [strategy.name, strategyDigest(strategy)]));
  const { instance, epoch, tradingState, reason, policies } = rest;
  return {
    whole: canonicalJson([rest, halt === undefined ? {} : { ...halt, refusedCount: 0 }, [...digests.values()]]),
    common: canonicalJson({ instance, epoch, tradingState, reason, ...(policies === undefined ? {} : { policies }) }),
    strategies: digests,
  };
}

export function agentDigest({ instance, firstSignalAt = '', problem }: AgentStatus): ReportDigest {
  return digestOf([instance, firstSignalAt, problem ?? '']);
}

export function gatewayDigest({ instance, sources }: GatewayStatus): ReportDigest {
  return digestOf([instance, sources]);
}

function digestOf(parts: readonly unknown[]): ReportDigest {
  const whole = canonicalJson(parts);
  return { whole, common: whole, strategies: NO_STRATEGIES };
}

/** While exec empties a strategy, what it still holds is what people wait for. */
function strategyDigest(report: StrategyReport): string {
  if ((report.mode ?? 'Normal') !== 'Normal') return canonicalJson(report);
  const { name, revision = '', desiredState, halt = {}, problem = '' } = report;
  return canonicalJson([name, revision, desiredState, halt, problem]);
}

/** Strategies about which the second says something else than the first; undefined: about all of them. */
export function changedStrategies(before: ReportDigest | undefined, now: ReportDigest): readonly string[] | undefined {
  if (before === undefined || before.common !== now.common) return undefined;
  const names = new Set([...before.strategies.keys(), ...now.strategies.keys()]);
  return [...names].filter((name) => before.strategies.get(name) !== now.strategies.get(name));
}
