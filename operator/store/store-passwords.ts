/** Derives the passwords of the store's users. Pure: the operator needs to read none back. */
import { createHash, createHmac } from 'node:crypto';

/**
 * The password of a gateway: HMAC-SHA-256 (RFC 2104), keyed with the operator's own password at the store, in base64url. A holder of one password
 * learns nothing of another.
 *
 * @param epoch a whole number; another epoch gives another password
 */
export function gatewayPassword(operatorPassword: string, namespace: string, epoch: number): string {
  return createHmac('sha256', operatorPassword).update(`flotilla store gateway ${namespace} ${epoch}`).digest('base64url');
}

/** As the store keeps a password: `#` and the SHA-256 digest in hexadecimal digits. */
export function passwordToken(password: string): string {
  return `#${createHash('sha256').update(password).digest('hex')}`;
}
