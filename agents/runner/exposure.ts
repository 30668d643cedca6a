/**
 * What a strategy holds and what is on its way: the fold of its own intents and of exec's order events and fills.
 *
 * held + working is what it will hold when every open order completes, so the next order is simply what is missing to the target. Sending an
 * order, and filling it, leave that sum alone; a denial, a cancellation, an expiry or a rejection changes it, so until an order has ended, or
 * rests, its instrument is uncertain. Events say what an order came to in total, so folding one in again changes nothing.
 */
import {
  toQuantityLots,
  type Fill,
  type Instrument,
  type OrderEvent,
  type OrderIntent,
  type OrderStatus,
  type Side,
} from '@flotilla/contracts';

/** Settled intents that are remembered, so that a late registration does not open them again. */
export const SETTLED_INTENTS_MAX = 512;

/** Orders that may be unanswered; a strategy whose exec does not answer stops proposing here. */
export const WORKING_ORDERS_MAX = 1_000;

/** How long after its expiry an unanswered intent still counts: exec may have accepted it at the last moment and be slow to tell. */
export const UNANSWERED_GRACE_MS = 60_000;

interface WorkingOrder {
  readonly instrument: string;
  readonly side: Side;
  readonly quantityLots: number;
  /** Present until exec tells of the order: from then on it can only have been denied as expired. Milliseconds since the epoch. */
  readonly unansweredUntilMs?: number;
  /** It waits in the market for the rest of its quantity, which only a halt can keep from it. */
  readonly rests?: boolean;
}

export interface Exposure {
  /** Signed lots of settled orders, by instrument. */
  readonly settledLots: Readonly<Record<string, number>>;
  /** By intent id: sent, and not known to have ended. */
  readonly working: Readonly<Record<string, WorkingOrder>>;
  /** The newest last, at most {@link SETTLED_INTENTS_MAX}. */
  readonly settledIntentIds: readonly string[];
}

export const NO_EXPOSURE: Exposure = { settledLots: {}, working: {}, settledIntentIds: [] };

/** Signed lots that the strategy will hold in `instrument` once all its open orders completed. */
export function expectedLots(exposure: Exposure, instrument: string): number {
  let lots = exposure.settledLots[instrument] ?? 0;
  for (const order of Object.values(exposure.working)) {
    if (order.instrument === instrument) lots += signed(order.side, order.quantityLots);
  }
  return lots;
}

/** An order of the instrument may still end either way, so what the next one would have to be is unknown. */
export function isUncertain(exposure: Exposure, instrument: string): boolean {
  return Object.values(exposure.working).some((order) => order.instrument === instrument && order.rests !== true);
}

/** An intent was published. Nothing changes when exec has told of it already. */
export function withIntent(exposure: Exposure, intent: OrderIntent, instrument: Instrument): Exposure {
  if (intent.id in exposure.working || exposure.settledIntentIds.includes(intent.id)) return exposure;
  return withWorking(exposure, intent.id, {
    instrument: instrument.symbol,
    side: intent.side,
    quantityLots: toQuantityLots(intent.quantity, instrument),
    unansweredUntilMs: Date.parse(intent.expiresAt) + UNANSWERED_GRACE_MS,
  });
}

/** Exec told of an order, perhaps one that it made on its own (a flatten). */
export function withOrderEvent(exposure: Exposure, event: OrderEvent, instrument: Instrument): Exposure {
  const rests = event.status === 'RESTING' || (event.status === 'PARTIALLY_FILLED' && event.timeInForce === 'GTC');
  return withProgress(exposure, event, ENDS[event.status], rests, instrument);
}

/** A fill says as much as the order event beside it, so whichever comes first counts. */
export function withFill(exposure: Exposure, fill: Fill, instrument: Instrument): Exposure {
  const rests = exposure.working[fill.intentId]?.rests === true;
  return withProgress(exposure, fill, lotsOf(fill.leavesQuantity, instrument) === 0, rests, instrument);
}

/** Forgets intents that exec never told of and that have long expired: they will be denied, whenever exec comes to them. */
export function withoutExpired(exposure: Exposure, nowMs: number): Exposure {
  const kept = Object.entries(exposure.working).filter(([, order]) => nowMs <= (order.unansweredUntilMs ?? nowMs));
  return kept.length === Object.keys(exposure.working).length ? exposure : { ...exposure, working: Object.fromEntries(kept) };
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
  exposure: Exposure,
  { intentId, side, ...progress }: Progress,
  ended: boolean,
  rests: boolean,
  instrument: Instrument,
): Exposure {
  if (exposure.settledIntentIds.includes(intentId)) return exposure;
  const filledLots = lotsOf(progress.filledQuantity, instrument);
  if (!ended) {
    const quantityLots = filledLots + lotsOf(progress.leavesQuantity, instrument);
    return withWorking(exposure, intentId, { instrument: instrument.symbol, side, quantityLots, ...(rests ? { rests } : {}) });
  }
  const { [intentId]: _ended, ...working } = exposure.working;
  const settled = (exposure.settledLots[instrument.symbol] ?? 0) + signed(side, filledLots);
  return {
    settledLots: { ...exposure.settledLots, [instrument.symbol]: settled },
    working,
    settledIntentIds: [...exposure.settledIntentIds, intentId].slice(-SETTLED_INTENTS_MAX),
  };
}

function withWorking(exposure: Exposure, intentId: string, order: WorkingOrder): Exposure {
  return { ...exposure, working: { ...exposure.working, [intentId]: order } };
}

function signed(side: Side, lots: number): number {
  return side === 'BUY' ? lots : -lots;
}

/** Zero is a quantity here, unlike on an order. */
function lotsOf(quantity: string, instrument: Instrument): number {
  return /^0(\.0+)?$/.test(quantity) ? 0 : toQuantityLots(quantity, instrument);
}
