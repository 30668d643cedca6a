/**
 * The only way to the venue.
 *
 * Gate check and venue write are one synchronous function, so nothing can close the gate between them. Never make this function async.
 */
import type { Venue, VenueOrder } from '../venues/venue.ts';
import type { GateState } from './gate-state.ts';

export type Submission =
  | { readonly kind: 'SUBMITTED' }
  /** The order was not sent to the venue. */
  | { readonly kind: 'REFUSED'; readonly status: 'EXPIRED' | 'CANCELLED'; readonly reason: string };

export function submitThroughGate(
  gate: GateState,
  order: VenueOrder,
  options: { readonly reducing: boolean; readonly nowMs: number },
  venue: Venue,
): Submission {
  if (!(options.nowMs < order.validUntilMs))
    return { kind: 'REFUSED', status: 'EXPIRED', reason: 'the order expired before exec could send it to the venue' };
  const passes = gate.tradingState === 'ACTIVE' || (gate.tradingState === 'REDUCING' && options.reducing);
  if (!passes) return { kind: 'REFUSED', status: 'CANCELLED', reason: `${gate.code ?? 'CONTROL_UNKNOWN'}: ${gate.message}` };
  venue.submit(order);
  return { kind: 'SUBMITTED' };
}
