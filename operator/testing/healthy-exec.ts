/** The report of an exec that is healthy and runs its newest configuration, for tests that play exec. */
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { reportStrategies } from './report-strategies.ts';

/** `ordersVerified`: exec has asked the venue twice about each strategy that is halted. */
export function healthyExec(
  portfolio: string,
  config: ExecConfig | undefined,
  now = formatTime(Date.now()),
  ordersVerified = true,
): ExecStatus {
  return {
    schemaVersion: 1,
    portfolio,
    instance: 'exec-1',
    epoch: 1,
    tradingState: 'ACTIVE',
    reason: '',
    openOrders: 0,
    updatedAt: now,
    ...(config === undefined
      ? {}
      : {
          configHash: config.configHash,
          policies: config.policies ?? [],
          strategies: reportStrategies(config, now, ordersVerified),
        }),
    ...(config?.generation === undefined ? {} : { newestConfig: { generation: config.generation, hash: config.configHash } }),
  };
}
