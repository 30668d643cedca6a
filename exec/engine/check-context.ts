/** Gathers the input of the checks from the fold, the market and the configuration. */
import { FlotillaError, type OrderIntent, parseDecimal, parseUnits } from '@flotilla/contracts';
import type { CheckContext, OrderNumbers, PricedExposure } from '../checks/check.ts';
import { type ActiveConfig, unsettledPoliciesOf } from '../config/active-config.ts';
import type { GateState } from '../gate/gate-state.ts';
import { rollDay } from '../ledger/day-open.ts';
import { positionKey } from '../ledger/ledger.ts';
import { utcDay } from '../ledger/utc-day.ts';
import { equityOf, valueLedger } from '../ledger/value-ledger.ts';
import type { Market } from '../market/market.ts';
import type { ExecState } from '../state/exec-state.ts';
import { messagesWithinSecond } from '../state/message-log.ts';
import type { IntentOrigin } from './execution-events.ts';
import { exposureOf } from './exposure-of.ts';
import { isReduction } from './reductions.ts';

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
  // Not before every position has a price: the day would begin at cost.
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

/** Undefined when an amount is not a decimal, or has too many digits. */
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
