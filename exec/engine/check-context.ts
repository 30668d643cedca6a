/** Gathers what the checks look at: from the fold, the market and the configuration. */
import { FlotillaError, type OrderIntent, parseDecimal, parseUnits } from '@flotilla/contracts';
import type { CheckContext, OrderNumbers, PricedExposure } from '../checks/check.ts';
import { type Exposure, reduces } from '../checks/position-exposure.ts';
import type { GateState } from '../gate/gate-state.ts';
import { rollDay } from '../ledger/day-open.ts';
import { positionKey, positionOf } from '../ledger/ledger.ts';
import { utcDay } from '../ledger/utc-day.ts';
import { equityOf, valueLedger } from '../ledger/valuation.ts';
import type { Market } from '../market/market.ts';
import { openOf, openOfInstrument } from '../orders/order-book.ts';
import type { ExecState } from '../state/exec-state.ts';
import { messagesWithinSecond } from '../state/message-log.ts';
import { type ActiveConfig, unsettledPoliciesOf } from '../config/active-config.ts';
import type { IntentOrigin } from './execution-events.ts';

export interface Surroundings {
  readonly portfolio: string;
  readonly state: ExecState;
  readonly market: Market;
  readonly config: ActiveConfig | undefined;
  readonly gate: GateState;
  readonly nowMs: number;
  readonly confirmationAgeMs: number | undefined;
}

export function gatherCheckContext(
  intent: OrderIntent,
  { subjectStrategy, by }: Pick<IntentOrigin, 'subjectStrategy' | 'by'>,
  around: Surroundings,
): CheckContext {
  const { state, market, config, nowMs } = around;
  const numbers = numbersOf(intent);
  const strategy = config?.strategies.get(subjectStrategy);
  const exposure = exposureOf(state, subjectStrategy, intent.instrument);
  const priceOf = (instrument: string) => market.get(instrument)?.reference;
  const valuation = valueLedger(state.ledger, priceOf);
  const dayOpen = rollDay(state.dayOpen, nowMs, valuation.profit);
  // Not before everything has a price: the day would begin at cost.
  if (valuation.unpriced.length === 0) state.dayOpen = dayOpen;
  return {
    intent,
    portfolio: around.portfolio,
    subjectStrategy,
    origin: by,
    nowMs,
    numbers,
    reducing: numbers !== undefined && isReduction(state, subjectStrategy, intent, numbers.quantity),
    gate: around.gate,
    configured: config !== undefined,
    strategy,
    policy: strategy?.policy,
    unsettledPolicies: config === undefined || strategy === undefined ? [] : unsettledPoliciesOf(config, strategy),
    confirmationAgeMs: around.confirmationAgeMs,
    instrument: config?.instruments.get(intent.instrument),
    market: market.get(intent.instrument),
    exposure,
    exposures: exposuresOf(state, priceOf),
    equity: config === undefined ? undefined : equityOf(state.ledger, parseUnits(config.config.venue.paper.startingCash), valuation),
    dayProfit: valuation.profit - dayOpen.profit,
    dayLossReached: state.dailyLossDays.get(subjectStrategy) === utcDay(nowMs),
    messagesWithinSecond: messagesWithinSecond(state.messages, subjectStrategy, nowMs),
  };
}

export function exposureOf(state: ExecState, strategy: string, instrument: string): Exposure {
  const open = openOf(state.orders, strategy, instrument);
  return { position: positionOf(state.ledger, strategy, instrument).quantity, openBuy: open.buy, openSell: open.sell };
}

/** The account's net position with the open orders of all strategies. */
export function accountExposureOf(state: ExecState, instrument: string): Exposure {
  const open = openOfInstrument(state.orders, instrument);
  return { position: state.ledger.netQuantities.get(instrument) ?? 0n, openBuy: open.buy, openSell: open.sell };
}

/** Strictly nearer to zero for the strategy and for the account, whatever else that is open fills. */
export function isReduction(
  state: ExecState,
  strategy: string,
  order: { readonly instrument: string; readonly side: 'BUY' | 'SELL' },
  quantity: bigint,
): boolean {
  return (
    reduces(exposureOf(state, strategy, order.instrument), order.side, quantity) &&
    reduces(accountExposureOf(state, order.instrument), order.side, quantity)
  );
}

function exposuresOf(state: ExecState, priceOf: (instrument: string) => bigint | undefined): readonly PricedExposure[] {
  const result: PricedExposure[] = [];
  const add = (strategy: string, instrument: string) =>
    result.push({ strategy, instrument, exposure: exposureOf(state, strategy, instrument), price: priceOf(instrument) });
  for (const { strategy, instrument, position } of state.ledger.entries.values()) {
    if (position.quantity !== 0n || state.orders.openByPosition.has(positionKey(strategy, instrument))) add(strategy, instrument);
  }
  for (const key of state.orders.openByPosition.keys()) {
    const [strategy = '', instrument = ''] = key.split('/');
    if (!state.ledger.entries.has(key)) add(strategy, instrument);
  }
  return result;
}

/** Undefined for numbers that an order cannot have: too many digits, not positive. */
function numbersOf(intent: OrderIntent): OrderNumbers | undefined {
  try {
    for (const text of [intent.quantity, intent.limitPrice ?? '1']) parseDecimal(text);
    return {
      quantity: parseUnits(intent.quantity),
      limitPrice: intent.limitPrice === undefined ? undefined : parseUnits(intent.limitPrice),
    };
  } catch (error) {
    if (error instanceof FlotillaError) return undefined;
    throw error;
  }
}
