/** Which resting orders a halt or a configuration cancels, and why. */
import type { HaltMode } from '@flotilla/contracts';
import type { ActiveConfig } from '../config/active-config.ts';
import type { Engine } from '../engine/engine.ts';
import type { ExecState } from '../state/exec-state.ts';
import type { Venue } from '../venues/venue.ts';

export interface OrderCanceller {
  /** Cancels the resting orders that do not reduce in mode ReduceOnly, and all resting orders in the other modes. Returns how many were cancelled. */
  cancelResting(mode: HaltMode, reason: string): number;
  /** Cancels all open orders of one strategy. Returns how many were cancelled. */
  cancelAllOf(strategy: string, reason: string): number;
  /**
   * Cancels orders that the configuration does not allow to rest: all orders of strategies that it no longer has or that exec flattens, and
   * increases of strategies that drain. Orders of a paused strategy stay. The halt of a strategy cancels the orders of a halted one.
   */
  cancelUntended(config: ActiveConfig): void;
  /** Ends accepted orders that the venue does not hold and whose strategy the configuration no longer has, so that they are never sent. */
  endUnsentOfGone(config: ActiveConfig): Promise<void>;
}

const GONE_REASON = 'STRATEGY_UNKNOWN: the configuration no longer has the strategy';

export function makeOrderCanceller({
  state,
  venue,
  engine,
}: {
  readonly state: ExecState;
  readonly venue: Pick<Venue, 'cancel' | 'cancelAll' | 'query'>;
  readonly engine: Pick<Engine, 'isReduction' | 'end'>;
}): OrderCanceller {
  const strategyOf = (orderId: string): string => state.orders.open.get(orderId)?.strategy ?? '';

  function cancelWhere(matches: (orderId: string) => boolean, reason: string): number {
    const cancelled = [...state.orders.open.keys()].filter((orderId) => {
      if (!matches(orderId)) return false;
      venue.cancel(orderId, reason);
      return !state.orders.open.has(orderId);
    });
    return cancelled.length;
  }

  return {
    cancelResting: (mode, reason) =>
      mode === 'ReduceOnly' ? cancelWhere((orderId) => !engine.isReduction(orderId), reason) : venue.cancelAll(reason),
    cancelAllOf: (strategy, reason) => cancelWhere((orderId) => strategyOf(orderId) === strategy, reason),
    cancelUntended({ strategies }) {
      const modeOf = (orderId: string) => strategies.get(strategyOf(orderId))?.mode;
      cancelWhere((orderId) => !strategies.has(strategyOf(orderId)), GONE_REASON);
      cancelWhere((orderId) => modeOf(orderId) === 'Flatten', 'STRATEGY_FLATTENING: exec closes the positions of the strategy');
      cancelWhere(
        (orderId) => modeOf(orderId) === 'ReduceOnly' && !engine.isReduction(orderId),
        'TRADING_REDUCE_ONLY: the strategy drains before its next revision begins',
      );
    },
    async endUnsentOfGone({ strategies }) {
      for (const { orderId, status, strategy } of state.orders.open.values()) {
        if (status !== 'ACCEPTED' || strategies.has(strategy)) continue;
        if ((await venue.query(orderId)) === undefined) engine.end(orderId, 'CANCELLED', GONE_REASON);
      }
    },
  };
}
