/** Which resting orders a halt or a configuration cancels, and why. */
import type { HaltMode } from '@flotilla/contracts';
import type { ActiveConfig } from '../config/active-config.ts';
import type { Engine } from '../engine/engine.ts';
import type { ExecState } from '../state/exec-state.ts';
import type { Venue } from '../venues/venue.ts';

export interface OrderCanceller {
  /** In mode ReduceOnly: what does not reduce; in the others everything. Returns how many orders were cancelled. */
  cancelResting(mode: HaltMode, reason: string): number;
  /** Everything of one strategy. Returns how many orders were cancelled. */
  cancelAllOf(strategy: string, reason: string): number;
  /**
   * What the configuration does not let rest: orders of strategies that are gone, that exec flattens, and increases of those that drain. Orders
   * of a paused strategy rest on; those of a halted one are its halt's matter.
   */
  cancelUntended(config: ActiveConfig): void;
  /** Ends accepted orders that the venue does not hold and whose strategy is gone: they are not sent any more. */
  endUnsentOfGone(config: ActiveConfig): Promise<void>;
}

const GONE_REASON = 'STRATEGY_UNKNOWN: the strategy is gone from the configuration';

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
      cancelWhere((orderId) => modeOf(orderId) === 'Flatten', 'STRATEGY_FLATTENING: exec closes its positions');
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
