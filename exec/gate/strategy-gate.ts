/** The gate for one order: the gate of the account, tightened by the desired state and the mode of the order's strategy. Pure. */
import type { StrategyConfig } from '../config/strategy-config.ts';
import type { GateState } from './gate-state.ts';

/**
 * The tighter of the two gates wins.
 *
 * @param isOwn Whether exec made the order itself, to close a position.
 */
export function gateOfStrategy(account: GateState, strategy: StrategyConfig | undefined, isOwn: boolean): GateState {
  if (account.tradingState === 'HALTED' || strategy === undefined) return account;
  if (strategy.desiredState === 'Halted') {
    return { tradingState: 'HALTED', code: 'STRATEGY_HALTED', message: 'the strategy is halted' };
  }
  if (strategy.mode === 'Flatten' && !isOwn) {
    return { tradingState: 'HALTED', code: 'STRATEGY_FLATTENING', message: 'exec closes the positions of the strategy' };
  }
  if (account.tradingState === 'REDUCING') return account;
  if (strategy.desiredState === 'Paused') {
    return { tradingState: 'REDUCING', code: 'STRATEGY_NOT_RUNNING', message: 'the strategy is paused' };
  }
  if (strategy.mode === 'ReduceOnly') {
    return { tradingState: 'REDUCING', code: 'TRADING_REDUCE_ONLY', message: 'the strategy drains before its next revision begins' };
  }
  return account;
}
