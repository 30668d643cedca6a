/**
 * The holdings of a strategy: settled lots and working orders, as a fold of its own intents and of exec's order events and fills. Pure.
 *
 * Settled plus working lots are what the strategy will hold when every open order completes, so the next order is the quantity that is missing to the
 * target. Sending and filling an order leave that sum unchanged; a denial, a cancellation, an expiry or a rejection changes it. So the instrument is
 * uncertain until the order has ended or rests. An event carries the totals of its order, so folding the same event twice changes nothing.
 */
import {
  type Fill,
  type Instrument,
  type OrderEvent,
  type OrderIntent,
  type OrderStatus,
  type Side,
  toQuantityLots,
} from '@flotilla/contracts';

/** Settled intents that are remembered, so that a late registration does not open them again. */
export const SETTLED_INTENTS_MAX = 512;

/** Bound on working orders. A strategy whose exec does not answer stops proposing at this number. */
export const WORKING_ORDERS_MAX = 1_000;

/** How long after its expiry an unanswered intent still counts: exec may have accepted the intent at the last moment and report late. */
export const UNANSWERED_GRACE_MS = 60_000;

interface WorkingOrder {
  readonly instrument: string;
  readonly side: Side;
  readonly quantityLots: number;
  /** Filled so far. Absent: nothing, or a checkpoint of an older build, where the least and the most that may be filled are both possible. */
  readonly filledLots?: number;
  /** Present until exec reports the order, milliseconds since the epoch. After this time an unreported order can only have been denied as expired. */
  readonly unansweredUntilMs?: number;
  /** The order waits in the market for the rest of its quantity; only a halt can cancel it. */
  readonly rests?: boolean;
}

export interface Holdings {
  /** Signed lots of settled orders, by instrument. */
  readonly settledLots: Readonly<Record<string, number>>;
  /** By intent id: intents that were sent and are not known to have ended. */
  readonly working: Readonly<Record<string, WorkingOrder>>;
  /** The newest last, at most {@link SETTLED_INTENTS_MAX}. */
  readonly settledIntentIds: readonly string[];
}

export const NO_HOLDINGS: Holdings = { settledLots: {}, working: {}, settledIntentIds: [] };

/** Signed lots that the strategy will hold in `instrument` once all its open orders completed. */
export function expectedLots(holdings: Holdings, instrument: string): number {
  let lots = holdings.settledLots[instrument] ?? 0;
  for (const order of Object.values(holdings.working)) {
    if (order.instrument === instrument) lots += signed(order.side, order.quantityLots);
  }
  return lots;
}

/** Signed lots between which the position lies, whatever becomes of the open orders: none fills another lot, or all of one side fill. */
export interface PositionRange {
  readonly leastLots: number;
  readonly mostLots: number;
}

export function positionRange(holdings: Holdings, instrument: string): PositionRange {
  let leastLots = holdings.settledLots[instrument] ?? 0;
  let mostLots = leastLots;
  for (const { instrument: symbol, side, quantityLots, filledLots = 0 } of Object.values(holdings.working)) {
    if (symbol !== instrument) continue;
    leastLots += side === 'BUY' ? filledLots : -quantityLots;
    mostLots += side === 'BUY' ? quantityLots : -filledLots;
  }
  return { leastLots, mostLots };
}

/** True while an order of the instrument may still end in several ways, so that the size of the next order is unknown. */
export function isUncertain(holdings: Holdings, instrument: string): boolean {
  return Object.values(holdings.working).some((order) => order.instrument === instrument && order.rests !== true);
}

/** Holdings after an intent was published. Unchanged when exec has reported the order already. */
export function withIntent(holdings: Holdings, intent: OrderIntent, instrument: Instrument): Holdings {
  if (intent.id in holdings.working || holdings.settledIntentIds.includes(intent.id)) return holdings;
  return withWorking(holdings, intent.id, {
    instrument: instrument.symbol,
    side: intent.side,
    quantityLots: toQuantityLots(intent.quantity, instrument),
    unansweredUntilMs: Date.parse(intent.expiresAt) + UNANSWERED_GRACE_MS,
  });
}

/** Holdings after an order event of exec, which may be about an order that exec made itself (a flatten). */
export function withOrderEvent(holdings: Holdings, event: OrderEvent, instrument: Instrument): Holdings {
  const rests = event.status === 'RESTING' || (event.status === 'PARTIALLY_FILLED' && event.timeInForce === 'GTC');
  return withProgress(holdings, event, ENDS[event.status], rests, instrument);
}

/** Holdings after a fill. A fill carries the same totals as the order event beside it, so the first of the two counts. */
export function withFill(holdings: Holdings, fill: Fill, instrument: Instrument): Holdings {
  const rests = holdings.working[fill.intentId]?.rests === true;
  return withProgress(holdings, fill, lotsOf(fill.leavesQuantity, instrument) === 0, rests, instrument);
}

/**
 * Holdings without intents that exec never reported and that have long expired: exec will deny them.
 *
 * @param completeAtMs the holdings have every execution of before this time. A later time would drop an order whose execution is not read yet
 */
export function withoutExpired(holdings: Holdings, completeAtMs: number): Holdings {
  const kept = Object.entries(holdings.working).filter(([, order]) => completeAtMs <= (order.unansweredUntilMs ?? completeAtMs));
  return kept.length === Object.keys(holdings.working).length ? holdings : { ...holdings, working: Object.fromEntries(kept) };
}

const ENDS: Readonly<Record<OrderStatus, boolean>> = {
  DENIED: true,
  ACCEPTED: false,
  RESTING: false,
  PARTIALLY_FILLED: false,
  FILLED: true,
  CANCELLED: true,
  EXPIRED: true,
  REJECTED: true,
};

type Progress = Pick<Fill, 'intentId' | 'side' | 'filledQuantity' | 'leavesQuantity'>;

function withProgress(
  holdings: Holdings,
  { intentId, side, ...progress }: Progress,
  ended: boolean,
  rests: boolean,
  instrument: Instrument,
): Holdings {
  if (holdings.settledIntentIds.includes(intentId)) return holdings;
  const filledLots = lotsOf(progress.filledQuantity, instrument);
  if (!ended) {
    const quantityLots = filledLots + lotsOf(progress.leavesQuantity, instrument);
    const filled = filledLots === 0 ? {} : { filledLots };
    return withWorking(holdings, intentId, { instrument: instrument.symbol, side, quantityLots, ...filled, ...(rests ? { rests } : {}) });
  }
  const { [intentId]: _ended, ...working } = holdings.working;
  const settled = (holdings.settledLots[instrument.symbol] ?? 0) + signed(side, filledLots);
  return {
    settledLots: { ...holdings.settledLots, [instrument.symbol]: settled },
    working,
    settledIntentIds: [...holdings.settledIntentIds, intentId].slice(-SETTLED_INTENTS_MAX),
  };
}

function withWorking(holdings: Holdings, intentId: string, order: WorkingOrder): Holdings {
  return { ...holdings, working: { ...holdings.working, [intentId]: order } };
}

function signed(side: Side, lots: number): number {
  return side === 'BUY' ? lots : -lots;
}

/** Lots of a quantity that may be zero, which the quantity of an order may not be. */
function lotsOf(quantity: string, instrument: Instrument): number {
  return /^0(\.0+)?$/.test(quantity) ? 0 : toQuantityLots(quantity, instrument);
}
