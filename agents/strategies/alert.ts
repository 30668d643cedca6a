/**
 * Alert: follows alerts from outside. BUY holds long, SELL holds short (or nothing), FLAT holds nothing.
 *
 * An alert is an explicit wish, so the strategy proposes a repeated one again. The runner orders the missing quantity alone: nothing when the first
 * order was filled or rests, all of it when the first order was denied. The market may be quiet at the moment of an alert, so the order rests until
 * the market fills it (GTC).
 *
 * No number of a sender sizes an order. A notional becomes a quantity at the last market price that the strategy saw itself, in a quote, a trade or a
 * bar. Without a fresh market price an alert opens nothing; closing needs no price.
 */
import type { AlertParameters } from '@flotilla/contracts/resources/agent-parameters.ts';
import { type Alert, type Instrument, MARKET_PRICE_AGE_MS_MAX, marketPriceOf, type NormalizedSignal } from '@flotilla/contracts';
import { type SizedPosition, sizePosition } from './position-size.ts';
import { readInteger, storeInteger, type StoredInteger } from './stored-integer.ts';
import type { Strategy, StrategyStep, Target } from './strategy.ts';

interface InstrumentState {
  readonly stance: number;
  /** Kept while the stance stays, so that a repeated alert at another price does not resize the position. */
  readonly targetLots: number;
  /** The last market price; absent before the first one, from states of older builds, and while the size is a quantity, which needs no price. */
  readonly market?: { readonly referenceTicks: StoredInteger; readonly timeMs: number };
}

export type AlertState = Readonly<Record<string, InstrumentState>>;

const FLAT: InstrumentState = { stance: 0, targetLots: 0 };

export const alert: Strategy<AlertParameters, AlertState> = {
  initial(_parameters, instruments) {
    return Object.fromEntries(instruments.map((instrument) => [instrument.symbol, FLAT]));
  },

  onSignal(state, signal, { parameters, instrument }) {
    if (signal.kind !== 'alert') {
      return parameters.notional === undefined ? { state, targets: [] } : watchMarket(state, signal, instrument);
    }
    if (!isFollowed(signal, parameters)) return { state, targets: [] };
    return follow(state, signal, parameters, instrument);
  },
};

function isFollowed(signal: Alert, { source, minimumStrength }: AlertParameters): boolean {
  // At most 15 digits, so equal decimals are equal doubles and the comparison is exact.
  return (source === undefined || source === signal.source) && Number(signal.strength) >= minimumStrength;
}

/** A crossed quote is an ordinary state of a market, so it is passed over in silence. */
function watchMarket(state: AlertState, signal: Exclude<NormalizedSignal, Alert>, instrument: Instrument): StrategyStep<AlertState> {
  const { symbol, tickSize } = instrument;
  const found = marketPriceOf(signal, instrument);
  if (found.usable) {
    const market = { referenceTicks: storeInteger(found.price.referenceTicks), timeMs: Date.parse(signal.time) };
    return { state: { ...state, [symbol]: { ...(state[symbol] ?? FLAT), market } }, targets: [] };
  }
  if (found.problem === 'CROSSED') return { state, targets: [] };
  const message = `${symbol}: expected a price of at least one tick of ${tickSize}, found a ${signal.kind} below it at ${signal.eventTime}`;
  return { state, targets: [], difficulty: { kind: 'PriceUnusable', message } };
}

function follow(state: AlertState, signal: Alert, parameters: AlertParameters, instrument: Instrument): StrategyStep<AlertState> {
  const { symbol } = instrument;
  const before = state[symbol] ?? FLAT;
  const wished = signal.signal === 'BUY' ? 1 : signal.signal === 'SELL' && parameters.allowShort ? -1 : 0;
  const target = { instrument: symbol, timeInForce: 'GTC', reason: describe(signal) } as const;
  const goTo = (stance: number, next: Pick<Target, 'targetLots' | 'closesOnly'>): Pick<StrategyStep<AlertState>, 'state' | 'targets'> => ({
    state: { ...state, [symbol]: { ...before, stance, targetLots: next.targetLots } },
    targets: [{ ...target, ...next }],
  });
  if (wished === before.stance) return goTo(wished, { targetLots: before.targetLots });
  if (wished === 0) return goTo(0, { targetLots: 0 });
  const sized = sizeAtMarket(before, signal, parameters, instrument);
  if (sized.ok) return goTo(wished, { targetLots: wished * sized.lots });
  // The position on the wanted side, if there is one, was sized when there was a price: it stays.
  const closing = goTo(0, { targetLots: 0, closesOnly: wished === 1 ? 'SHORT' : 'LONG' });
  return { ...closing, difficulty: { kind: 'PositionNotSized', message: `${signal.signal} opens nothing: ${sized.problem}` } };
}

/** The time of a signal is the time at which the normaliser published it, so prices and alerts have one clock, and a replay is as fresh as live data. */
function sizeAtMarket({ market }: InstrumentState, signal: Alert, parameters: AlertParameters, instrument: Instrument): SizedPosition {
  // A quantity is the same at every price.
  if (parameters.notional === undefined) return sizePosition(parameters, 1n, instrument);
  const expected = `${instrument.symbol}: expected a market price of the last ${MARKET_PRICE_AGE_MS_MAX} ms`;
  if (market === undefined) return { ok: false, problem: `${expected}, found none` };
  const ageMs = Date.parse(signal.time) - market.timeMs;
  if (Math.abs(ageMs) > MARKET_PRICE_AGE_MS_MAX) return { ok: false, problem: `${expected}, found one that is ${ageMs} ms old` };
  return sizePosition(parameters, readInteger(market.referenceTicks), instrument);
}

function describe(signal: Alert): string {
  return `${signal.signal} of strength ${signal.strength} from ${signal.source} at ${signal.price}`;
}
