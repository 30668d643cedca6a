/** Compares the ledger with the venue's own view. Pure. */
import { formatUnits, type Reconcile } from '@flotilla/contracts';
import { leavesOf } from '../orders/order.ts';
import type { ExecState } from '../state/exec-state.ts';
import type { VenueOrderView } from '../venues/venue.ts';

/** Bound on the differences that one event names. */
const DIFFERENCES_MAX = 256;

export type Comparison = Pick<Reconcile, 'result' | 'ordersCompared' | 'positionsCompared' | 'differences'>;

/** The ledger at one moment. */
export interface LedgerView {
  /** Orders that must be open at the venue. */
  readonly open: ReadonlyMap<string, bigint>;
  /** Orders on their way to the venue, which may or may not be open there. */
  readonly underWay: ReadonlySet<string>;
  readonly positions: ReadonlyMap<string, bigint>;
  readonly gaps: readonly string[];
}

export function ledgerViewOf(state: ExecState): LedgerView {
  const open = [...state.orders.open.values()];
  return {
    open: new Map(open.filter((order) => order.status !== 'ACCEPTED').map((order) => [order.orderId, leavesOf(order)])),
    underWay: new Set(open.filter((order) => order.status === 'ACCEPTED').map((order) => order.orderId)),
    positions: new Map([...state.ledger.netQuantities].filter(([, quantity]) => quantity !== 0n)),
    gaps: [...state.gaps],
  };
}

export function compareWithVenue(
  ledger: LedgerView,
  venueOrders: readonly VenueOrderView[],
  venuePositions: ReadonlyMap<string, bigint>,
): Comparison {
  const differences: Comparison['differences'] = [];
  const differ = (what: string, ledgerSays: string, venueSays: string) => differences.push({ what, ledger: ledgerSays, venue: venueSays });
  const atVenue = new Map(venueOrders.map((order) => [order.orderId, order.leaves]));
  for (const [orderId, leaves] of ledger.open) {
    const found = atVenue.get(orderId);
    if (found !== leaves) differ(`order ${orderId}`, formatUnits(leaves), found === undefined ? 'not open' : formatUnits(found));
  }
  for (const [orderId, leaves] of atVenue) {
    if (!ledger.open.has(orderId) && !ledger.underWay.has(orderId)) differ(`order ${orderId}`, 'not open', formatUnits(leaves));
  }
  const instruments = new Set([...ledger.positions.keys(), ...venuePositions.keys()]);
  for (const instrument of instruments) {
    const [held, found] = [ledger.positions.get(instrument) ?? 0n, venuePositions.get(instrument) ?? 0n];
    if (held !== found) differ(`position ${instrument}`, formatUnits(held), formatUnits(found));
  }
  for (const orderId of ledger.gaps) differ(`fills of order ${orderId}`, 'incomplete', 'unknown');
  return {
    result: differences.length === 0 ? 'MATCHED' : 'MISMATCHED',
    ordersCompared: new Set([...ledger.open.keys(), ...atVenue.keys()]).size,
    positionsCompared: instruments.size,
    differences: differences.slice(0, DIFFERENCES_MAX),
  };
}
