/** Gives tests the strategy reports of an exec that has no orders and no positions. */
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { StrategyReport } from '@flotilla/contracts/control/exec-status.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';

/** The report of an exec without orders and positions on each strategy. `ordersVerified`: exec has asked the venue twice. */
export function reportStrategies(config: ExecConfig, now = formatTime(Date.now()), ordersVerified = true): StrategyReport[] {
  return config.strategies.map(({ name, revision, desiredState, mode }) => ({
    name,
    ...(revision === undefined ? {} : { revision }),
    desiredState,
    ...(mode === undefined ? {} : { mode }),
    openOrders: 0,
    openPositions: 0,
    ...(desiredState === 'Halted'
      ? { halt: { gateClosedAt: now, restingCancelledCount: 0, ...(ordersVerified ? { zeroOpenOrdersVerifiedAt: now } : {}) } }
      : {}),
  }));
}
