/**
 * The `Hmac` webhook scheme: `X-Signature` is the hexadecimal HMAC-SHA256, keyed with the source's secret, over the bytes
 * `{X-Timestamp}.{X-Nonce}.{body}`.
 *
 * The alphabets of timestamp and nonce hold no dot, so the first two dots of the signed bytes always end them: no two requests sign
 * the same bytes (Standard Webhooks asks the same of its id and timestamp). Nothing here parses the body.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Unix time in whole *seconds*: ten digits, which lasts until the year 2286 and makes a milliseconds value fail at once. */
export const TIMESTAMP_PATTERN = /^[1-9][0-9]{9}$/;
export const NONCE_PATTERN = /^[A-Za-z0-9_-]{8,64}$/;
export const SIGNATURE_PATTERN = /^[0-9a-fA-F]{64}$/;

export interface SignedParts {
  readonly timestamp: string;
  readonly nonce: string;
  readonly body: Uint8Array;
}

export type SignatureProblem = 'TIMESTAMP_MALFORMED' | 'NONCE_MALFORMED' | 'SIGNATURE_MALFORMED' | 'SIGNATURE_WRONG' | 'TIMESTAMP_STALE';

/** The signature of a request, 32 bytes. */
export function signWebhook(secret: Uint8Array, parts: SignedParts): Buffer {
  return createHmac('sha256', secret).update(`${parts.timestamp}.${parts.nonce}.`).update(parts.body).digest();
}

/**
 * Undefined when the request is signed with `secret` and at most `skewMsMax` away from `nowMs`, either way; else the first problem.
 *
 * The comparison takes the same time wherever the first differing byte stands.
 */
export function verifySignature(
  secret: Uint8Array,
  parts: SignedParts & { readonly signature: string },
  nowMs: number,
  skewMsMax: number,
): SignatureProblem | undefined {
  if (!TIMESTAMP_PATTERN.test(parts.timestamp)) return 'TIMESTAMP_MALFORMED';
  if (!NONCE_PATTERN.test(parts.nonce)) return 'NONCE_MALFORMED';
  if (!SIGNATURE_PATTERN.test(parts.signature)) return 'SIGNATURE_MALFORMED';
  if (!timingSafeEqual(signWebhook(secret, parts), Buffer.from(parts.signature, 'hex'))) return 'SIGNATURE_WRONG';
  return Math.abs(nowMs - Number(parts.timestamp) * 1_000) > skewMsMax ? 'TIMESTAMP_STALE' : undefined;
}
