/** Which requests the venue rejects, and why. Pure. */
import type { OrderRequest } from './order-request.ts';
import type { RejectReason } from './report.ts';
import type { Phase } from './simulator-terms.ts';

/** Bound on the life of a GTD order. */
const GTD_MS_MAX = 366 * 86_400_000;

export interface Circumstances {
  readonly nowMs: number;
  readonly phase: Phase;
  /** Whether the order would trade at once. */
  readonly crosses: boolean;
  /** Lots of the position that the order would close. */
  readonly reducibleLots: number;
}

/** Undefined: the venue takes the order. */
export function judgeRequest(request: OrderRequest, circumstances: Circumstances): RejectReason | undefined {
  return (
    judgeNumbers(request) ??
    judgeExpiry(request, circumstances.nowMs) ??
    judgePhase(request, circumstances.phase) ??
    judgeFlags(request, circumstances)
  );
}

export function isAmount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function judgeNumbers({ quantityLots, limitTicks, collarTicks }: OrderRequest): RejectReason | undefined {
  if (!isAmount(quantityLots)) return 'QUANTITY_INVALID';
  if (limitTicks !== undefined && !isAmount(limitTicks)) return 'PRICE_INVALID';
  return collarTicks === undefined || isAmount(collarTicks) ? undefined : 'COLLAR_INVALID';
}

function judgeExpiry({ timeInForce, expiryMs }: OrderRequest, nowMs: number): RejectReason | undefined {
  if (timeInForce !== 'GTD') return expiryMs === undefined ? undefined : 'EXPIRY_INVALID';
  if (expiryMs === undefined || !Number.isSafeInteger(expiryMs)) return 'EXPIRY_INVALID';
  if (expiryMs <= nowMs) return 'EXPIRY_PAST';
  return expiryMs > nowMs + GTD_MS_MAX ? 'EXPIRY_TOO_FAR' : undefined;
}

/** While the session is closed, only orders that outlive a session are taken. While trading is halted, orders may come that rest. */
function judgePhase({ timeInForce, limitTicks }: OrderRequest, phase: Phase): RejectReason | undefined {
  if (phase === 'CLOSED' && (isImmediate(timeInForce) || timeInForce === 'DAY' || limitTicks === undefined)) return 'SESSION_CLOSED';
  return phase === 'HALTED' && isImmediate(timeInForce) ? 'TRADING_HALTED' : undefined;
}

function judgeFlags(request: OrderRequest, { crosses, reducibleLots }: Circumstances): RejectReason | undefined {
  const { isPostOnly, isReduceOnly, limitTicks, timeInForce } = request;
  if (isReduceOnly && reducibleLots === 0) return 'REDUCE_ONLY_INCREASES';
  if (!isPostOnly) return undefined;
  if (limitTicks === undefined || isImmediate(timeInForce)) return 'POST_ONLY_NEVER_RESTS';
  return crosses ? 'POST_ONLY_CROSSES' : undefined;
}

/** The order ends at its arrival, whatever it trades. */
export function isImmediate(timeInForce: OrderRequest['timeInForce']): boolean {
  return timeInForce === 'IOC' || timeInForce === 'FOK';
}
