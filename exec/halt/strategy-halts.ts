/**
 * The halts of single strategies. The gate of a strategy is the configuration itself ({@link ../gate/strategy-gate.ts}), so it closes in the
 * turn in which the configuration comes into force. Then the orders of the strategy are cancelled, and the venue is asked twice that none is open.
 */
import type { Clock, StrategyReport } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import type { ExecState } from '../state/exec-state.ts';
import type { Venue } from '../venues/venue.ts';
import { confirmNoneOpen } from './confirm-none-open.ts';

export interface StrategyHalts {
  /** Halts each strategy that the configuration newly halts, and forgets the halts of the others. */
  useConfig(config: ActiveConfig): void;
  report(strategy: string): StrategyReport['halt'];
}

type Halt = NonNullable<StrategyReport['halt']>;

const REASON = 'STRATEGY_HALTED: the strategy is halted';

export function makeStrategyHalts(options: {
  readonly state: ExecState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly venue: Pick<Venue, 'openOrders'>;
  /** Cancels all open orders of a strategy. Returns how many. */
  readonly cancelAllOf: (strategy: string, reason: string) => number;
  readonly onChange: () => void;
}): StrategyHalts {
  const { state, clock, logger, venue, cancelAllOf, onChange } = options;
  const halts = new Map<string, Halt>();
  const now = (): string => formatTime(clock.nowMs());

  function halt(strategy: string): void {
    const gateClosedAt = now();
    const restingCancelledCount = cancelAllOf(strategy, REASON);
    const started: Halt = { gateClosedAt, restingCancelledCount };
    halts.set(strategy, started);
    logger.warn({ strategy, restingCancelledCount }, 'strategy halted: its resting orders are cancelled');
    void confirm(strategy, started);
  }

  async function confirm(strategy: string, started: Halt): Promise<void> {
    const isInForce = () => halts.get(strategy) === started;
    await confirmNoneOpen({
      clock,
      logger,
      countOpen: () => openOrdersOf(strategy),
      cancelOpen: () => void cancelAllOf(strategy, REASON),
      isInForce,
    });
    // A halt that is over never comes back into force: a new one begins.
    if (!isInForce()) return;
    halts.set(strategy, { ...started, zeroOpenOrdersVerifiedAt: now() });
    onChange();
  }

  /** At the venue and in the fold: an order that was accepted and not sent yet may still be resolved. */
  async function openOrdersOf(strategy: string): Promise<number> {
    const atVenue = await venue.openOrders();
    const ofStrategy = atVenue.filter(({ orderId }) => state.orders.orders.get(orderId)?.strategy === strategy);
    const known = [...state.orders.open.values()].filter((order) => order.strategy === strategy);
    return Math.max(ofStrategy.length, known.length);
  }

  return {
    useConfig({ strategies }) {
      for (const name of halts.keys()) if (strategies.get(name)?.desiredState !== 'Halted') halts.delete(name);
      for (const { name, desiredState } of strategies.values()) if (desiredState === 'Halted' && !halts.has(name)) halt(name);
    },
    report: (strategy) => halts.get(strategy),
  };
}
