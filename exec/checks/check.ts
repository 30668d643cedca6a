/** The input and the result of a check. A check is a pure function, and does not rely on the result of another check. */
import type { Denial, DenialCode, EffectivePolicy, Instrument, OrderIntent } from '@flotilla/contracts';
import type { StrategyConfig } from '../config/strategy-config.ts';
import type { GateState } from '../gate/gate-state.ts';
import type { MarketUpdate } from '../market/market.ts';
import type { Exposure } from './position-exposure.ts';

/** The numbers of the intent, in units of 10^-18. */
export interface OrderNumbers {
  readonly quantity: bigint;
  readonly limitPrice: bigint | undefined;
}

/** One position of the portfolio with its open orders, at its market price. */
export interface PricedExposure {
  readonly strategy: string;
  readonly instrument: string;
  readonly exposure: Exposure;
  readonly price: bigint | undefined;
}

export interface CheckContext {
  readonly intent: OrderIntent;
  /** From the settings of this exec. */
  readonly portfolio: string;
  /** Name from the subject of the intent. The bus lets only the agent of that strategy write to the subject. */
  readonly subjectStrategy: string;
  /** EXEC: exec made the order itself, to close a position. */
  readonly origin: 'AGENT' | 'EXEC';
  readonly nowMs: number;
  /** Undefined when an order cannot have such numbers. */
  readonly numbers: OrderNumbers | undefined;
  /** True when the order strictly reduces the position of the strategy and of the account, whatever other open orders fill. */
  readonly reducing: boolean;
  readonly gate: GateState;
  readonly configured: boolean;
  readonly strategy: StrategyConfig | undefined;
  readonly policy: EffectivePolicy | undefined;
  /** Names of the RiskPolicies behind these limits of which another exec may still run other limits. */
  readonly unsettledPolicies: readonly string[];
  /** Time since exec last read its configuration and last reported the limits that it runs, whichever is older. Undefined before both. */
  readonly confirmationAgeMs: number | undefined;
  readonly instrument: Instrument | undefined;
  readonly market: MarketUpdate | undefined;
  /** Exposure of the intent's strategy in the intent's instrument. */
  readonly exposure: Exposure;
  /** Every position and open order of the portfolio. */
  readonly exposures: readonly PricedExposure[];
  readonly equity: bigint | undefined;
  /** P&L since the UTC day began; undefined while the P&L is not known. */
  readonly dayProfit: bigint | undefined;
  /** True when an order of the strategy was denied for the day's loss earlier on this UTC day. */
  readonly dayLossReached: boolean;
  /** Orders that the strategy sent within the last second. */
  readonly messagesWithinSecond: number;
}

/** Returns why the order is denied; undefined when the order passes this check. */
export type Check = (context: CheckContext) => Denial | undefined;

export function deny(code: DenialCode, message: string, details: Readonly<Record<string, string | number>> = {}): Denial {
  return {
    code,
    message,
    details: Object.fromEntries(Object.entries(details).map(([name, value]) => [name, String(value).slice(0, 128)])),
  };
}
