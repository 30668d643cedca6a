/**
 * The chain of checks, from top to bottom, as one function: an array of checks costs more than the checks themselves. All checks run, so that a denial names
 * every reason, as one bit for each check.
 */
import { capitalLimit } from './capital-limit.ts';
import type { Check, Print } from './check.ts';
import type { CheckContext } from './check-context.ts';
import { controlKnown } from './control-known.ts';
import { currencyKnown } from './currency-known.ts';
import { dailyLoss } from './daily-loss.ts';
import { buyingPower, leverageLimit } from './equity-bound.ts';
import { grossLimit } from './gross-limit.ts';
import { instrumentAllowed } from './instrument-allowed.ts';
import { limitsSettled } from './limits-settled.ts';
import { messageRate } from './message-rate.ts';
import { openOrdersBound } from './open-orders.ts';
import { orderInTime } from './order-in-time.ts';
import { orderNotional } from './order-notional.ts';
import { orderPossible } from './order-possible.ts';
import { orderQuantity } from './order-quantity.ts';
import { positionLimit } from './position-limit.ts';
import { priceCollar } from './price-collar.ts';
import { pricePresent } from './price-present.ts';
import { pricesFresh } from './prices-fresh.ts';
import { reduceOnly } from './reduce-only.ts';
import { strategyFlattening } from './strategy-flattening.ts';
import { strategyHalted } from './strategy-halted.ts';
import { strategyKnown } from './strategy-known.ts';
import { strategyRunning } from './strategy-running.ts';
import { tradingHalted } from './trading-halted.ts';
import { tradingReducing } from './trading-reducing.ts';

/** By bit. Checks of every order come first; those of orders that increase risk begin with `controlKnown`. */
export const CHECKS: readonly Check[] = [
  orderPossible,
  orderInTime,
  reduceOnly,
  tradingHalted,
  strategyHalted,
  strategyFlattening,
  controlKnown,
  openOrdersBound,
  tradingReducing,
  strategyKnown,
  limitsSettled,
  strategyRunning,
  instrumentAllowed,
  pricePresent,
  pricesFresh,
  currencyKnown,
  orderQuantity,
  orderNotional,
  priceCollar,
  positionLimit,
  capitalLimit,
  grossLimit,
  leverageLimit,
  buyingPower,
  messageRate,
  dailyLoss,
];

/** The bits of the checks that the order fails; zero: the order may be sent. */
export function failedChecks(context: CheckContext): number {
  const failed = failedOfEvery(context);
  return context.isReducing ? failed : failed | failedOfIncreases(context);
}

function failedOfEvery(context: CheckContext): number {
  let failed = 0;
  if (orderPossible.fails(context)) failed |= 1 << 0;
  if (orderInTime.fails(context)) failed |= 1 << 1;
  if (reduceOnly.fails(context)) failed |= 1 << 2;
  if (tradingHalted.fails(context)) failed |= 1 << 3;
  if (strategyHalted.fails(context)) failed |= 1 << 4;
  if (strategyFlattening.fails(context)) failed |= 1 << 5;
  return failed;
}

function failedOfIncreases(context: CheckContext): number {
  let failed = 0;
  if (controlKnown.fails(context)) failed |= 1 << 6;
  if (openOrdersBound.fails(context)) failed |= 1 << 7;
  if (tradingReducing.fails(context)) failed |= 1 << 8;
  if (strategyKnown.fails(context)) failed |= 1 << 9;
  if (limitsSettled.fails(context)) failed |= 1 << 10;
  if (strategyRunning.fails(context)) failed |= 1 << 11;
  if (instrumentAllowed.fails(context)) failed |= 1 << 12;
  if (pricePresent.fails(context)) failed |= 1 << 13;
  if (pricesFresh.fails(context)) failed |= 1 << 14;
  if (currencyKnown.fails(context)) failed |= 1 << 15;
  if (orderQuantity.fails(context)) failed |= 1 << 16;
  if (orderNotional.fails(context)) failed |= 1 << 17;
  if (priceCollar.fails(context)) failed |= 1 << 18;
  if (positionLimit.fails(context)) failed |= 1 << 19;
  if (capitalLimit.fails(context)) failed |= 1 << 20;
  if (grossLimit.fails(context)) failed |= 1 << 21;
  if (leverageLimit.fails(context)) failed |= 1 << 22;
  if (buyingPower.fails(context)) failed |= 1 << 23;
  if (messageRate.fails(context)) failed |= 1 << 24;
  if (dailyLoss.fails(context)) failed |= 1 << 25;
  return failed;
}

export interface FailedCheck {
  readonly code: Check['code'];
  readonly numbers: Readonly<Record<string, string>>;
}

/** Names the checks of {@link failedChecks} with their numbers. The context must still be that of the order. */
export function explainChecks(failed: number, context: CheckContext, print: Print): readonly FailedCheck[] {
  return CHECKS.flatMap((check, bit) =>
    (failed & (1 << bit)) === 0 ? [] : [{ code: check.code, numbers: check.numbers(context, print) }],
  );
}
