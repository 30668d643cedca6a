/** One check: whether an order fails it, and the numbers behind that. A check does not rely on the result of another one. */
import type { DenialCode } from '@flotilla/contracts/errors/denials.ts';
import type { BaseValue } from '../ledger/base-value.ts';
import type { ExactSum } from '../numbers/exact-sum.ts';
import type { CheckContext } from './check-context.ts';

/** The codes of exec's denials, and three more that join their table when exec runs on this core. */
export type CheckCode = DenialCode | 'BUYING_POWER' | 'CURRENCY_UNKNOWN' | 'OPEN_ORDERS_LIMIT';

export interface Check {
  readonly code: CheckCode;
  /** Called for every order: makes no object. */
  fails(context: CheckContext): boolean;
  /** The numbers that decided, as texts by name. Called when somebody asks why. */
  numbers(context: CheckContext, print: Print): Readonly<Record<string, string>>;
}

/** How numbers of the core become texts for people. */
export interface Print {
  ticks(instrument: number, ticks: number): string;
  lots(instrument: number, lots: number): string;
  /** An amount of the base currency. */
  amount(amount: ExactSum): string;
  instrument(instrument: number): string;
}

/** The text of an amount, or the reason why it is unknown. */
export function printValue(value: BaseValue, print: Print): string {
  return value.state === 'KNOWN' ? print.amount(value.amount()) : value.state;
}

/** Whether an amount is above its limit. An unknown amount fails its own check, `currency-known.ts`, or the check of the missing price. */
export function isAbove(value: BaseValue, limit: ExactSum): boolean {
  return value.state === 'KNOWN' && value.amount().compare(limit) > 0;
}
