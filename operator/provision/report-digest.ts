/** Digests of the parts of a report that appear in a status. Counters, which change with every order, are left out. Pure. */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { AgentStatus, ExecStatus, StrategyReport } from '@flotilla/contracts/control/exec-status.ts';
import type { GatewayStatus } from '@flotilla/contracts/control/gateway-status.ts';

export interface ReportDigest {
  /** Digest of all these parts. */
  readonly whole: string;
  /** Digest of the parts that the status of every strategy shows. */
  readonly common: string;
  /** Digest of the report of each strategy, by name. */
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

/** The open orders and positions count only while exec empties the strategy, because users wait for them then. */
function strategyDigest(report: StrategyReport): string {
  if ((report.mode ?? 'Normal') !== 'Normal') return canonicalJson(report);
  const { name, revision = '', desiredState, halt = {}, problem = '' } = report;
  return canonicalJson([name, revision, desiredState, halt, problem]);
}

/** Strategies whose digests differ between the two reports. Undefined when all strategies may be concerned. */
export function changedStrategies(before: ReportDigest | undefined, now: ReportDigest): readonly string[] | undefined {
  if (before === undefined || before.common !== now.common) return undefined;
  const names = new Set([...before.strategies.keys(), ...now.strategies.keys()]);
  return [...names].filter((name) => before.strategies.get(name) !== now.strategies.get(name));
}
