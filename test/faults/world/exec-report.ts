/** Gives the report of a healthy exec for a configuration and a halt record. Pure. */
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus, StrategyReport } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord, HaltReport } from '@flotilla/contracts/control/halt.ts';
import { reportStrategies } from '@flotilla/operator/testing/report-strategies.ts';

export interface ExecView {
  readonly portfolio: string;
  readonly config: ExecConfig | undefined;
  readonly halt: HaltRecord | undefined;
  /** False in the first report on a halt or a halted strategy: the venue has to be asked twice. */
  readonly ordersVerified: boolean;
  /** RFC 3339. */
  readonly now: string;
}

export function execReport({ portfolio, config, halt, ordersVerified, now }: ExecView): ExecStatus {
  const engaged = halt?.state === 'ENGAGED';
  const stopped = engaged && halt.mode !== 'ReduceOnly';
  return {
    schemaVersion: 1,
    portfolio,
    instance: 'exec-1',
    epoch: 1,
    tradingState: halt === undefined || stopped ? 'HALTED' : engaged ? 'REDUCING' : 'ACTIVE',
    reason: halt === undefined ? 'CONTROL_UNKNOWN' : stopped ? 'TRADING_HALTED' : engaged ? 'TRADING_REDUCE_ONLY' : '',
    openOrders: 0,
    updatedAt: now,
    ...(config === undefined ? {} : { configHash: config.configHash, strategies: strategyReports(config, ordersVerified, now) }),
    ...(config?.policies === undefined ? {} : { policies: config.policies.map(({ name, hash }) => ({ name, hash })) }),
    ...(engaged ? { halt: haltReport(halt, ordersVerified, now) } : {}),
  };
}

function strategyReports(config: ExecConfig, ordersVerified: boolean, now: string): StrategyReport[] {
  return reportStrategies(config, now, ordersVerified).map((report) => ({
    ...report,
    ...(report.mode === 'Flatten' ? { flatten: { startedAt: now, orderCount: 0, ...(ordersVerified ? { flattenedAt: now } : {}) } } : {}),
  }));
}

function haltReport(halt: HaltRecord, ordersVerified: boolean, now: string): HaltReport {
  return {
    haltId: halt.haltId ?? '',
    generation: halt.generation,
    receivedAt: now,
    gateClosedAt: now,
    restingCancelledCount: 2,
    restingCancelledAt: now,
    refusedCount: 0,
    ...(ordersVerified ? { zeroOpenOrdersVerifiedAt: now } : {}),
  };
}
