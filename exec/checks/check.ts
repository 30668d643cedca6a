/** What a check sees, and what it gives. A check is a pure function; it may assume nothing that another check makes sure of. */
import type { Denial, DenialCode, EffectivePolicy, Instrument, OrderIntent } from '@flotilla/contracts';
import type { StrategyConfig } from '../config/strategy-config.ts';
import type { GateState } from '../gate/gate-state.ts';
import type { MarketUpdate } from '../market/market.ts';
import type { Exposure } from './position-exposure.ts';

/** The intent's numbers in 10^-18; absent when they are no numbers that an order can have. */
export interface OrderNumbers {
  readonly quantity: bigint;
  readonly limitPrice: bigint | undefined;
}

/** One position of the portfolio with what is open on it, at its market price. */
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
  /** From the subject, which the bus lets only its own agent write. */
  readonly subjectStrategy: string;
  /** EXEC: an order that exec makes by itself, to close a position. */
  readonly origin: 'AGENT' | 'EXEC';
  readonly nowMs: number;
  readonly numbers: OrderNumbers | undefined;
  /** True when the order strictly reduces the strategy's and the account's position, whatever else that is open fills. */
  readonly reducing: boolean;
  readonly gate: GateState;
  readonly configured: boolean;
  readonly strategy: StrategyConfig | undefined;
  readonly policy: EffectivePolicy | undefined;
  /** RiskPolicies behind these limits of which another exec may run other limits, by name. */
  readonly unsettledPolicies: readonly string[];
  /** Since exec last made sure of its limits: looked at its configuration, and reported what it runs, the older of the two; undefined before. */
  readonly confirmationAgeMs: number | undefined;
  readonly instrument: Instrument | undefined;
  readonly market: MarketUpdate | undefined;
  /** Of the intent's strategy and instrument. */
  readonly exposure: Exposure;
  /** Every position and open order of the portfolio. */
  readonly exposures: readonly PricedExposure[];
  readonly equity: bigint | undefined;
  /** Profit since the UTC day began; undefined before the first config. */
  readonly dayProfit: bigint | undefined;
  /** True when the strategy was denied for the day's loss before, today. */
  readonly dayLossReached: boolean;
  /** Orders that the strategy sent within the last second. */
  readonly messagesWithinSecond: number;
}

/** Why not; undefined: this check has nothing against it. */
export type Check = (context: CheckContext) => Denial | undefined;

export function deny(code: DenialCode, message: string, details: Readonly<Record<string, string | number>> = {}): Denial {
  return {
    code,
    message,
    details: Object.fromEntries(Object.entries(details).map(([name, value]) => [name, String(value).slice(0, 128)])),
  };
}
