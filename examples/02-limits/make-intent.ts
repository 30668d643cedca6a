/** Makes the order intents of the scenarios, most of which an honest agent would not send. For the order desk. Pure. */
import type { Envelope } from '@flotilla/contracts/events/envelope.ts';
import type { OrderIntent } from '@flotilla/contracts/events/decisions.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { OrderDraft } from './scenarios.ts';

const VALID_MS = 30_000;
const INSTRUMENT = 'EUR-USD';

/** `run` completes the names of fleet.yaml; `revision` is the revision of the strategy, from its status. */
export function makeIntent(draft: OrderDraft, envelope: Envelope, run: string, revision: string | undefined): OrderIntent {
  const { limitPrice, lateMs } = draft;
  const strategyRevision = draft.revision ?? revision;
  const expiresMs = Date.parse(envelope.time) - (lateMs ?? -VALID_MS);
  return {
    ...envelope,
    portfolio: `limits-${run}`,
    strategy: `${draft.strategy}-${run}`,
    ...(strategyRevision === undefined ? {} : { strategyRevision }),
    instrument: draft.instrument ?? INSTRUMENT,
    side: draft.side,
    type: draft.type ?? (limitPrice === undefined ? 'MARKET' : 'LIMIT'),
    quantity: draft.quantity,
    ...(limitPrice === undefined ? {} : { limitPrice }),
    timeInForce: 'IOC',
    reduceOnly: draft.reduceOnly ?? false,
    proposalIds: [],
    expiresAt: formatTime(expiresMs),
  };
}

/** The order as text, for example `careful BUY 1001 EUR-USD`. */
export function describeOrder(draft: OrderDraft, count = 1): string {
  const { strategy, side, quantity, instrument = INSTRUMENT, type, limitPrice, lateMs, reduceOnly, revision } = draft;
  const words = [
    `${strategy} ${side} ${quantity} ${instrument}`,
    ...(limitPrice === undefined ? [] : [`LIMIT ${limitPrice}`]),
    ...(type === 'LIMIT' && limitPrice === undefined ? ['LIMIT without a price'] : []),
    ...(revision === undefined ? [] : [`of revision ${revision}`]),
    ...(reduceOnly === true ? ['reduce-only'] : []),
    ...(lateMs === undefined ? [] : [`expired ${lateMs / 1_000} s ago`]),
    ...(count === 1 ? [] : [`${count} at once`]),
  ];
  return words.join(', ');
}
