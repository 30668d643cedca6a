/** The strategies and the decision maker, for backtests; the agent process itself is `main.ts`. */
export { decideDirect, type DirectDecision } from './cio/direct.ts';
export { alert } from './strategies/alert.ts';
export { meanReversion } from './strategies/mean-reversion.ts';
export { momentum } from './strategies/momentum.ts';
export { STRATEGIES } from './strategies/registry.ts';
export { runStrategy, type StrategyRun } from './strategies/run-strategy.ts';
export type { Strategy, StrategyContext, StrategyStep, Target } from './strategies/strategy.ts';
