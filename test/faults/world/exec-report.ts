/** Gives the report of a healthy exec for a configuration and a halt record. Pure. */
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus, StrategyReport } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltRecord, HaltReport } from '@flotilla/contracts/control/halt.ts';
import { healthyExec } from '@flotilla/operator/testing/healthy-exec.ts';

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
  const healthy = healthyExec(portfolio, config, now, ordersVerified);
  return {
    ...healthy,
    tradingState: halt === undefined || stopped ? 'HALTED' : engaged ? 'REDUCING' : 'ACTIVE',
    reason: halt === undefined ? 'CONTROL_UNKNOWN' : stopped ? 'TRADING_HALTED' : engaged ? 'TRADING_REDUCE_ONLY' : '',
    ...(healthy.strategies === undefined ? {} : { strategies: healthy.strategies.map((one) => withFlatten(one, ordersVerified, now)) }),
    ...(engaged ? { halt: haltReport(halt, ordersVerified, now) } : {}),
  };
}

function withFlatten(report: StrategyReport, ordersVerified: boolean, now: string): StrategyReport {
  if (report.mode !== 'Flatten') return report;
  return { ...report, flatten: { startedAt: now, orderCount: 0, ...(ordersVerified ? { flattenedAt: now } : {}) } };
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
