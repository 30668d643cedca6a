/** The terms of an instrument for the ledger, made once per configuration from the decimal texts of its definition. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { parseUnits } from '@flotilla/contracts/money/fixed-point.ts';
import type { ContractTerms } from './contract-value.ts';
import { type CurrencyTerms, unitsOf } from './currency.ts';

/** Amounts of the instrument are in its own unit (`contract-value.ts`). */
export interface InstrumentTerms extends ContractTerms {
  /** Index of the currency in which the instrument is settled. */
  readonly currency: number;
  /** Units of the ledger in one unit of the instrument; whole and above zero. The multiplier of a contract is in it. */
  readonly unitsPerStep: number;
  /** Whether a trade moves only its profit into or out of cash, as with futures; otherwise the whole value. */
  readonly isMargined: boolean;
}

export interface InstrumentText {
  readonly tickSize: string;
  readonly lotSize: string;
  /** Units of the base asset in one contract; `1` for spot. For an inverse contract: its value in the quote currency. */
  readonly multiplier: string;
  readonly isInverse: boolean;
  readonly isMargined: boolean;
}

/** Decimal places of tick × lot × multiplier together. */
const PRODUCT_SCALE = 54n;

/**
 * @param currency index of `terms` in the account
 * @throws FlotillaError `NUMBER_TOO_PRECISE` when the unit of the currency does not hold one step exactly, `NUMBER_OUT_OF_RANGE` when a step has 2^53 of them
 */
export function compileTerms(text: InstrumentText, currency: number, terms: CurrencyTerms): InstrumentTerms {
  const { isMargined } = text;
  if (text.isInverse) return { currency, unitsPerStep: 1, inverseUnits: inverseUnitsOf(text, terms), isMargined };
  const product = parseUnits(text.tickSize) * parseUnits(text.lotSize) * parseUnits(text.multiplier);
  const units = product * 10n ** BigInt(terms.scale);
  return { currency, unitsPerStep: wholeUnits(units, 10n ** PRODUCT_SCALE, text), inverseUnits: undefined, isMargined };
}

/** The value of one lot at a price of one tick. */
function inverseUnitsOf(text: InstrumentText, { scale }: CurrencyTerms): number {
  const value = unitsOf(text.multiplier, scale) * parseUnits(text.lotSize);
  const tick = parseUnits(text.tickSize);
  assert(tick > 0n, `expected a tick above zero, found ${text.tickSize}`);
  return wholeUnits(value, tick, text);
}

function wholeUnits(dividend: bigint, divisor: bigint, { tickSize, lotSize, multiplier }: InstrumentText): number {
  const found = `tick ${tickSize}, lot ${lotSize}, multiplier ${multiplier}`;
  if (dividend % divisor !== 0n)
    throw new FlotillaError('NUMBER_TOO_PRECISE', `expected a step that is whole in units of its currency, found ${found}`);
  const units = dividend / divisor;
  if (units <= 0n || units > BigInt(Number.MAX_SAFE_INTEGER))
    throw new FlotillaError('NUMBER_OUT_OF_RANGE', `expected a step of 1 to 2^53 − 1 units of its currency, found ${found}`);
  return Number(units);
}
