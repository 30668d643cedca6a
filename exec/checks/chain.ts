/** The chain of checks, from top to bottom. All checks run, so that a denial names every reason. */
import type { Denial } from '@flotilla/contracts';
import { capitalLimit } from './capital-limit.ts';
import type { Check, CheckContext } from './check.ts';
import { dailyLoss } from './daily-loss.ts';
import { grossLimit } from './gross-limit.ts';
import { instrumentAllowed } from './instrument-allowed.ts';
import { instrumentDefined } from './instrument-defined.ts';
import { intentConsistent } from './intent-consistent.ts';
import { intentFresh } from './intent-fresh.ts';
import { leverageLimit } from './leverage-limit.ts';
import { lotSize } from './lot-size.ts';
import { marketPriceFresh } from './market-price-fresh.ts';
import { marketPricePresent } from './market-price-present.ts';
import { messageRate } from './message-rate.ts';
import { orderNotional } from './order-notional.ts';
import { orderQuantity } from './order-quantity.ts';
import { policyPresent } from './policy-present.ts';
import { policySettled } from './policy-settled.ts';
import { positionLimit } from './position-limit.ts';
import { priceCollar } from './price-collar.ts';
import { reduceOnly } from './reduce-only.ts';
import { strategyDraining } from './strategy-draining.ts';
import { strategyFlattening } from './strategy-flattening.ts';
import { strategyHalted } from './strategy-halted.ts';
import { strategyKnown } from './strategy-known.ts';
import { strategyRevision } from './strategy-revision.ts';
import { strategyRunning } from './strategy-running.ts';
import { tickSize } from './tick-size.ts';
import { tradingHalted } from './trading-halted.ts';
import { tradingReducing } from './trading-reducing.ts';

/** Checks of every order, reductions included: orders that are malformed, too late, under a halt, or from an agent that may not write. */
export const CHECKS_OF_EVERY_ORDER: readonly Check[] = [
  intentConsistent,
  intentFresh,
  instrumentDefined,
  lotSize,
  tickSize,
  reduceOnly,
  tradingHalted,
  strategyHalted,
  strategyRevision,
  strategyFlattening,
];

/** Checks of orders that increase risk. A reduction passes without them. */
export const CHECKS_OF_INCREASES: readonly Check[] = [
  tradingReducing,
  policyPresent,
  policySettled,
  strategyKnown,
  strategyRunning,
  strategyDraining,
  instrumentAllowed,
  marketPricePresent,
  marketPriceFresh,
  orderQuantity,
  orderNotional,
  priceCollar,
  positionLimit,
  capitalLimit,
  grossLimit,
  leverageLimit,
  messageRate,
  dailyLoss,
];

/** Every denial, in the order of the chain. An empty list means that the order may be accepted. */
export function runChecks(context: CheckContext): readonly Denial[] {
  const checks = context.reducing ? CHECKS_OF_EVERY_ORDER : [...CHECKS_OF_EVERY_ORDER, ...CHECKS_OF_INCREASES];
  return checks.map((check) => check(context)).filter((denial) => denial !== undefined);
}
