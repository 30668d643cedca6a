/**
 * Alert: follows alerts from outside. BUY holds long, SELL holds short (or nothing), FLAT holds nothing.
 *
 * An alert is an explicit wish, so the strategy proposes a repeated one again. The runner orders the missing quantity alone: nothing when the first
 * order was filled or rests, all of it when the first order was denied. The market may be quiet at the moment of an alert, so the order rests until
 * the market fills it (GTC). Bars, quotes and trades change nothing.
 */
import type { AlertParameters } from '@flotilla/contracts/resources/agent-parameters.ts';
import type { Alert, Instrument } from '@flotilla/contracts';
import { positionLots } from './position-size.ts';
import type { Strategy } from './strategy.ts';

interface InstrumentState {
  readonly stance: number;
  /** Kept while the stance stays, so that a repeated alert at another price does not resize the position. */
  readonly targetLots: number;
}

export type AlertState = Readonly<Record<string, InstrumentState>>;

const FLAT: InstrumentState = { stance: 0, targetLots: 0 };

export const alert: Strategy<AlertParameters, AlertState> = {
  initial(_parameters, instruments) {
    return Object.fromEntries(instruments.map((instrument) => [instrument.symbol, FLAT]));
  },

  onSignal(state, signal, { parameters, instrument }) {
    if (signal.kind !== 'alert' || !isFollowed(signal, parameters)) return { state, targets: [] };
    const before = state[instrument.symbol] ?? FLAT;
    const after = follow(before, signal, parameters, instrument);
    return {
      state: { ...state, [instrument.symbol]: after },
      targets: [{ instrument: instrument.symbol, targetLots: after.targetLots, timeInForce: 'GTC', reason: describe(signal) }],
    };
  },
};

function isFollowed(signal: Alert, { source, minimumStrength }: AlertParameters): boolean {
  // At most 15 digits, so equal decimals are equal doubles and the comparison is exact.
  return (source === undefined || source === signal.source) && Number(signal.strength) >= minimumStrength;
}

function follow(before: InstrumentState, signal: Alert, parameters: AlertParameters, instrument: Instrument): InstrumentState {
  const stance = signal.signal === 'BUY' ? 1 : signal.signal === 'SELL' && parameters.allowShort ? -1 : 0;
  if (stance === before.stance) return before;
  return stance === 0 ? FLAT : { stance, targetLots: stance * positionLots(parameters, signal.price, instrument) };
}

function describe(signal: Alert): string {
  return `${signal.signal} of strength ${signal.strength} from ${signal.source} at ${signal.price}`;
}
