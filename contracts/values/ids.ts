/**
 * Deterministic ids (design §4): the same input gives the same id, so a resend is recognised as the same thing.
 *
 * Parts are length-prefixed before hashing, so that no two lists of parts give the same bytes.
 */
import { createHash, createHmac } from 'node:crypto';

/** A webhook or feed row: the same source, nonce and body are the same signal. */
export function rawSignalId(source: string, nonce: string, body: string): string {
  return hashParts('raw', source, nonce, body);
}

/** The `ordinal`-th normalized signal of a raw one. */
export function normalizedSignalId(rawId: string, ordinal: number): string {
  return hashParts('normalized', rawId, String(ordinal));
}

/** Keyed, so that no agent can pre-empt another agent's id. */
export function proposalId(agentKey: Uint8Array, inputId: string, ordinal: number): string {
  return hmacParts(agentKey, 'proposal', inputId, String(ordinal));
}

/** Keyed like {@link proposalId}. */
export function orderIntentId(agentKey: Uint8Array, inputId: string, ordinal: number): string {
  return hmacParts(agentKey, 'order_intent', inputId, String(ordinal));
}

/** The order that an intent becomes; 32 hexadecimal digits, which every venue's client-order-id field can hold. */
export function clientOrderId(portfolio: string, intentId: string): string {
  return hashParts('order', portfolio, intentId).slice(0, 32);
}

/**
 * An order that exec makes by itself to close a position: `ordinal` counts what the strategy ordered before it. No intent has such an id, so
 * no agent can take it first.
 */
export function flattenOrderId(portfolio: string, strategy: string, instrument: string, ordinal: number): string {
  return hashParts('flatten', portfolio, strategy, instrument, String(ordinal)).slice(0, 32);
}

/** An execution event of one order: `ordinal` counts the order's events. */
export function orderEventId(orderId: string, ordinal: number): string {
  return hashParts('order_event', orderId, String(ordinal));
}

/** A fill is the venue's: account, venue and trade id name it. */
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
