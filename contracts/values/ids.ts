/**
 * Deterministic ids: the same input gives the same id, so that a resend is recognised.
 *
 * Parts are length-prefixed before hashing, so that no two lists of parts give the same bytes.
 */
import { createHash, createHmac } from 'node:crypto';

/** The id of a raw signal. The same source, nonce and body are the same signal. */
export function rawSignalId(source: string, nonce: string, body: string): string {
  return hashParts('raw', source, nonce, body);
}

/** The id of the `ordinal`-th normalized signal of a raw signal. */
export function normalizedSignalId(rawId: string, ordinal: number): string {
  return hashParts('normalized', rawId, String(ordinal));
}

/** Keyed, so that no agent can use the id of another agent first. */
export function proposalId(agentKey: Uint8Array, inputId: string, ordinal: number): string {
  return hmacParts(agentKey, 'proposal', inputId, String(ordinal));
}

/** Keyed like {@link proposalId}. */
export function orderIntentId(agentKey: Uint8Array, inputId: string, ordinal: number): string {
  return hmacParts(agentKey, 'order_intent', inputId, String(ordinal));
}

/** The id of an intent's order: 32 hexadecimal digits, which fit the client order id of every venue. */
export function clientOrderId(portfolio: string, intentId: string): string {
  return hashParts('order', portfolio, intentId).slice(0, 32);
}

/**
 * The id of an order that exec makes itself, to close a position. `ordinal` is the number of earlier orders of the strategy. No intent has such
 * an id, so no agent can use the id first.
 */
export function flattenOrderId(portfolio: string, strategy: string, instrument: string, ordinal: number): string {
  return hashParts('flatten', portfolio, strategy, instrument, String(ordinal)).slice(0, 32);
}

/** The id of an order event. `ordinal` counts the events of the order. */
export function orderEventId(orderId: string, ordinal: number): string {
  return hashParts('order_event', orderId, String(ordinal));
}

/** The id of a fill. Account, venue and trade id name a fill. */
export function fillId(account: string, venue: string, tradeId: string): string {
  return hashParts('fill', account, venue, tradeId);
}

export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

function hashParts(...parts: readonly string[]): string {
  return sha256(joinParts(parts));
}

function hmacParts(key: Uint8Array, ...parts: readonly string[]): string {
  return createHmac('sha256', key).update(joinParts(parts)).digest('hex');
}

function joinParts(parts: readonly string[]): string {
  return parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('');
}
