/** Checks the history of a fleet after kills. Gives one sentence for each violation, and an empty list for a correct history. Pure. */
import { type Fill, formatUnits, makeInstrument, multiplyExact, type OrderEvent, parseUnits, toQuantityLots } from '@flotilla/contracts';
import { fleetInstruments } from './fleet-config.ts';
import type { History } from './read-history.ts';

const TERMINAL = new Set(['DENIED', 'FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED']);

/** `noncesSent`: the nonce of every webhook that the gateway accepted. */
export function historyProblems(history: History, noncesSent: readonly string[]): readonly string[] {
  const { raws, alerts, intents, orderEvents, fills } = history;
  const ordersByIntent = Map.groupBy(orderEvents, ({ intentId }) => intentId);
  const fillsByOrder = Map.groupBy(fills, ({ orderId }) => orderId);
  return [
    ...sameSet(
      'webhook taken and raw signal',
      noncesSent,
      raws.map(({ nonce }) => nonce),
    ),
    ...sameSet(
      'raw signal and normalized signal',
      raws.map(({ corrId }) => corrId),
      alerts.map(({ corrId }) => corrId),
    ),
    ...repeated(
      'order intent',
      intents.map(({ id }) => id),
    ),
    ...repeated(
      'signal that led to an intent',
      intents.map(({ corrId }) => corrId),
    ),
    ...repeated(
      'fill',
      fills.map(({ id }) => id),
    ),
    ...repeated(
      'trade',
      fills.map(({ tradeId }) => tradeId),
    ),
    ...sameSet(
      'order intent and order',
      intents.map(({ id }) => id),
      [...ordersByIntent.keys()],
    ),
    ...[...ordersByIntent].flatMap(([intentId, events]) => orderProblems(intentId, events, fillsByOrder)),
    ...[...fillsByOrder.keys()]
      .filter((orderId) => !orderEvents.some((event) => event.orderId === orderId))
      .map((orderId) => `fills of an order ${orderId} that does not exist`),
  ];
}

/** Position and cash that follow from the fills, as decimal text. */
export function accountOf(
  fills: readonly Fill[],
  startingCash: string,
): { readonly quantities: Readonly<Record<string, string>>; readonly cash: string } {
  const [definition] = fleetInstruments(1);
  if (definition === undefined) throw new Error('expected an instrument');
  // All instruments of the fleet have the same tick and lot.
  const instrument = makeInstrument(definition);
  const lots = new Map<string, bigint>();
  let cash = parseUnits(startingCash);
  for (const fill of fills) {
    const signed = toQuantityLots(fill.quantity, instrument) * (fill.side === 'BUY' ? 1 : -1);
    lots.set(fill.instrument, (lots.get(fill.instrument) ?? 0n) + BigInt(signed));
    cash -= multiplyExact(parseUnits(fill.price), BigInt(signed) * instrument.lotUnits) + parseUnits(fill.fee);
  }
  const held = [...lots].filter(([, quantity]) => quantity !== 0n).toSorted();
  const quantities = Object.fromEntries(held.map(([symbol, quantity]) => [symbol, formatUnits(quantity * instrument.lotUnits)]));
  return { quantities, cash: formatUnits(cash) };
}

function orderProblems(
  intentId: string,
  events: readonly OrderEvent[],
  fillsByOrder: ReadonlyMap<string, readonly Fill[]>,
): readonly string[] {
  const orderIds = new Set(events.map(({ orderId }) => orderId));
  const [orderId] = orderIds;
  const last = events.at(-1);
  if (orderIds.size !== 1 || orderId === undefined || last === undefined) return [`intent ${intentId} became ${orderIds.size} orders`];
  const filled = sumOf((fillsByOrder.get(orderId) ?? []).map(({ quantity }) => quantity));
  const terminals = events.filter(({ status }) => TERMINAL.has(status));
  return [
    ...(terminals.length === 1 && terminals[0] === last ? [] : [`order ${orderId} went ${events.map(({ status }) => status).join(' > ')}`]),
    ...events.flatMap(({ ordinal }, index) => (ordinal === index ? [] : [`order ${orderId} has ordinal ${ordinal} at place ${index}`])),
    ...(filled === parseUnits(last.filledQuantity)
      ? []
      : [`order ${orderId} says ${last.filledQuantity} filled, its fills say ${formatUnits(filled)}`]),
    ...(last.status !== 'FILLED' || filled === parseUnits(last.quantity)
      ? []
      : [`order ${orderId} is FILLED with ${last.filledQuantity} of ${last.quantity}`]),
    ...(filled <= parseUnits(last.quantity) ? [] : [`order ${orderId} is overfilled: ${formatUnits(filled)} of ${last.quantity}`]),
  ];
}

function sameSet(what: string, left: readonly string[], right: readonly string[]): readonly string[] {
  const [a, b] = [new Set(left), new Set(right)];
  const lost = [...a.difference(b)].map((id) => `${what}: ${id} was lost`);
  const added = [...b.difference(a)].map((id) => `${what}: ${id} came from nowhere`);
  return [...lost, ...added, ...repeated(what, right)];
}

function repeated(what: string, ids: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return ids.flatMap((id) => (seen.has(id) ? [`${what}: ${id} stands twice`] : (seen.add(id), [])));
}

function sumOf(quantities: readonly string[]): bigint {
  return quantities.reduce((sum, quantity) => sum + parseUnits(quantity), 0n);
}
