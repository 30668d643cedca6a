/** The limits of one strategy as the checks read them, compiled once per configuration. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { parseDecimal } from '@flotilla/contracts/money/decimal.ts';
import type { EffectivePolicy } from '@flotilla/contracts/control/exec-config.ts';
import { type CurrencyTerms, readAmount } from '../ledger/currency.ts';
import { ExactSum } from '../numbers/exact-sum.ts';

/**
 * RUNNING: every order may pass. PAUSED and DRAINING: reductions alone. FLATTENING: exec's own orders alone. HALTED: no order.
 */
export const STRATEGY_MODES = ['RUNNING', 'PAUSED', 'DRAINING', 'FLATTENING', 'HALTED'] as const;
export type StrategyMode = (typeof STRATEGY_MODES)[number];

/** Amounts are in units of the account's base currency. */
export interface StrategyLimits {
  readonly mode: StrategyMode;
  /** Instruments in which the strategy may increase risk. */
  readonly instruments: ReadonlySet<number>;
  readonly orderNotional: ExactSum;
  readonly positionNotional: ExactSum;
  readonly capital: ExactSum;
  readonly gross: ExactSum;
  readonly dailyLoss: ExactSum;
  /** Gross exposure over equity, as a ratio of safe integers. 1 when the policy names none: what is bought has to be paid for. */
  readonly leverage: { readonly numerator: number; readonly denominator: number };
  /** Whether a policy names the leverage, for the code of the denial. */
  readonly isLeverageNamed: boolean;
  readonly collarBps: number;
  readonly messagesPerSecond: number;
  /** By instrument, in whole lots, rounded down; undefined: no such limit. */
  orderLots(instrument: number): number | undefined;
  positionLots(instrument: number): number | undefined;
}

export interface LimitsText {
  readonly policy: EffectivePolicy;
  readonly capitalMaxNotional: string;
  readonly mode: StrategyMode;
  readonly instruments: readonly number[];
}

/**
 * @param lotsOf whole lots of an instrument in a decimal quantity, rounded down
 * @throws FlotillaError `NUMBER_INVALID`, `NUMBER_TOO_PRECISE` or `NUMBER_OUT_OF_RANGE` for a limit that the account cannot count exactly
 */
export function compileLimits(
  { policy, capitalMaxNotional, mode, instruments }: LimitsText,
  base: CurrencyTerms,
  lotsOf: (quantity: string, instrument: number) => number,
): StrategyLimits {
  const amount = (text: string): ExactSum => {
    const sum = new ExactSum();
    readAmount(text, base, sum);
    return sum;
  };
  const { order, position, portfolio } = policy;
  const lots = (quantity: string | undefined) => (instrument: number) =>
    quantity === undefined ? undefined : lotsOf(quantity, instrument);
  return {
    mode,
    instruments: new Set(instruments),
    orderNotional: amount(order.maxNotional),
    positionNotional: amount(position.maxNotional),
    capital: amount(capitalMaxNotional),
    gross: amount(portfolio.maxGrossNotional),
    dailyLoss: amount(portfolio.maxDailyLoss),
    leverage: ratioOf(portfolio.maxLeverage ?? '1'),
    isLeverageNamed: portfolio.maxLeverage !== undefined,
    collarBps: order.priceCollarBps,
    messagesPerSecond: order.maxMessagesPerSecond,
    orderLots: lots(order.maxQuantity),
    positionLots: lots(position.maxQuantity),
  };
}

function ratioOf(text: string): StrategyLimits['leverage'] {
  const { units, scale } = parseDecimal(text);
  const [numerator, denominator] = [Number(units), 10 ** scale];
  if (!Number.isSafeInteger(numerator) || !Number.isSafeInteger(denominator))
    throw new FlotillaError('NUMBER_OUT_OF_RANGE', `expected a leverage whose digits make a number below 2^53, found ${text}`);
  return { numerator, denominator };
}
