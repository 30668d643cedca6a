/** Compares secrets in constant time, for the authentication of webhooks. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares two secrets in a time that tells neither where they differ nor how long the right one is. */
export function secretEqual(found: Uint8Array, expected: Uint8Array): boolean {
  return timingSafeEqual(digest(found), digest(expected));
}

function digest(secret: Uint8Array): Buffer {
  return createHash('sha256').update(secret).digest();
}
