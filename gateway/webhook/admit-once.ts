/**
 * Once per nonce: remembers in the store which nonces were used, so that a copy of a request makes no second signal.
 *
 * Two records per nonce. The *claim* is written before the bus is asked and names the signal's id; the *acceptance* is written after the
 * bus acknowledged. A request whose claim stands without acceptance is the sender's retry of one that got 503: it passes again with the
 * same id, and the bus drops what it already holds. That is safe only while the bus remembers ids, so a claim older than that is refused.
 */
import { DEDUPLICATION_WINDOW_MS, rawSignalId, type Store } from '@flotilla/contracts';
import type { AcceptanceBook } from './acceptance-book.ts';

export interface AdmissionRequest {
  readonly source: string;
  /** The key that the sender may use once; `[A-Za-z0-9_-]`. */
  readonly key: string;
  /** Nonce of the signal if this is the first request with `key`. */
  readonly nonce: string;
  readonly body: string;
  readonly nowMs: number;
  /** How long a used key is remembered. */
  readonly ttlMs: number;
}

export type Admission =
  /** New, or a retry of a request that the bus never acknowledged: publish it. */
  | { readonly state: 'ADMITTED'; readonly id: string; readonly nonce: string }
  /** The bus has it. */
  | { readonly state: 'ACCEPTED_BEFORE'; readonly id: string }
  /** The key was used for another body, or its retry comes too late to be told from a second signal. */
  | { readonly state: 'REFUSED' };

/** A retry may come this long after the first try; less than the bus's memory, since the first try may have been stored. */
export const RETRY_WINDOW_MS = DEDUPLICATION_WINDOW_MS - 10_000;

/** @throws FlotillaError `STORE_UNAVAILABLE`, `CIRCUIT_OPEN`: nothing may be accepted then. */
export async function admitOnce(store: Store, book: AcceptanceBook, request: AdmissionRequest): Promise<Admission> {
  const id = rawSignalId(request.source, request.nonce, request.body);
  const fresh: Admission = { state: 'ADMITTED', id, nonce: request.nonce };
  if (await store.setIfAbsent(claimKey(request), formatClaim({ id, nonce: request.nonce, atMs: request.nowMs }), request.ttlMs))
    return fresh;
  const [claimBytes, isAccepted] = await Promise.all([store.get(claimKey(request)), book.has(acceptanceKey(request))]);
  // The claim ran out between the two questions. A sender that asks again finds a free key.
  const claim = claimBytes === undefined ? undefined : parseClaim(Buffer.from(claimBytes).toString('utf8'));
  if (claim === undefined || claim.id !== rawSignalId(request.source, claim.nonce, request.body)) return { state: 'REFUSED' };
  if (isAccepted) return { state: 'ACCEPTED_BEFORE', id: claim.id };
  if (request.nowMs - claim.atMs > RETRY_WINDOW_MS) return { state: 'REFUSED' };
  return { state: 'ADMITTED', id: claim.id, nonce: claim.nonce };
}

/** Call it when the bus acknowledged; without it a copy is published again, and dropped by the bus. */
export function noteAcceptance(book: AcceptanceBook, request: AdmissionRequest): void {
  book.note({ key: acceptanceKey(request), ttlMs: request.ttlMs });
}

interface Claim {
  readonly id: string;
  readonly nonce: string;
  readonly atMs: number;
}

/** No part holds a dot. */
function formatClaim(claim: Claim): string {
  return `${Math.trunc(claim.atMs)}.${claim.nonce}.${claim.id}`;
}

function parseClaim(text: string): Claim | undefined {
  const [atMs, nonce, id] = text.split('.');
  return atMs === undefined || nonce === undefined || id === undefined ? undefined : { atMs: Number(atMs), nonce, id };
}

/** Neither source nor key holds a colon, so no two requests share a key by accident. */
function claimKey(request: AdmissionRequest): string {
  return `${request.source}:${request.key}`;
}

function acceptanceKey(request: AdmissionRequest): string {
  return `${claimKey(request)}:accepted`;
}
