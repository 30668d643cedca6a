/**
 * The core account of the bus. The core account owns the streams. Other accounts reach only the subjects that the core account exports.
 *
 * The exports stay the same for the life of an installation, because a change of the exports loses every answer in flight. The imports of a
 * principal's own account decide what the principal may do.
 */

import { createHash } from 'node:crypto';

const HASH_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const HASH_LENGTH = 8;

/** An account's part of a long acknowledgement subject: the first bytes of the SHA-256 of its public key, each as one digit. */
export function accountHash(publicKey: string): string {
  return Array.from(
    createHash('sha256').update(publicKey).digest().subarray(0, HASH_LENGTH),
    (byte) => HASH_DIGITS[byte % HASH_DIGITS.length],
  ).join('');
}

/** Prefix of JetStream's API inside the core account, where the operator lives. */
export const CORE_API_PREFIX = '$JS.API';

/**
 * Prefix of JetStream's API in every account but the core account. The server gives each of these accounts a `$JS.API.>` of its own, which answers
 * that JetStream is not enabled, so the API of the core account needs another name.
 */
export const ACCOUNT_API_PREFIX = 'JSAPI';

/**
 * Prefix under which a stream publishes each stored message again. Accounts listen there, because the server never passes a message that came by a
 * service import on to a stream import.
 */
const PUSH_PREFIX = 'push';

/** Prefix under which the publications of quarantined principals are stored. */
const QUARANTINE_PREFIX = 'quarantine';

/** The subject on which accounts hear a message that was stored on `subject`. Wildcards stay. */
export function pushSubject(subject: string): string {
  return `${PUSH_PREFIX}.${subject}`;
}

/** The subject on which a pushed message was stored. */
export function storedSubject(pushed: string): string {
  return pushed.startsWith(`${PUSH_PREFIX}.`) ? pushed.slice(PUSH_PREFIX.length + 1) : pushed;
}

export interface ServiceExport {
  readonly subject: string;
  /** `Stream`: one request has many answers. */
  readonly responseType: 'Singleton' | 'Stream';
}

/** Disjoint: of two exports that match, the server takes either. */
export const CORE_SERVICES: readonly ServiceExport[] = [
  ...['signals.>', 'decisions.>', 'executions.>', 'poison.>', 'audit.>', 'quarantine.>', '$KV.>', '$JS.ACK.>'].map(single),
  ...['$JS.API.DIRECT.GET.*.>', '$JS.API.STREAM.MSG.GET.*', '$JS.API.CONSUMER.INFO.*.*', '$JS.API.CONSUMER.RESET.*.*'].map(single),
  ...['$JS.API.DIRECT.GET.*', '$JS.API.CONSUMER.MSG.NEXT.*.*'].map((subject) => ({ subject, responseType: 'Stream' as const })),
];

/** Pushes of all streams. */
export const CORE_PUSHES: readonly string[] = [pushSubject('>')];

/**
 * The subject of the core account on which a publication of a quarantined principal is stored. In its own account the subject keeps its name, so
 * the publications of the principal go on without a change.
 *
 * @param name token of the consumer of the principal
 */
export function quarantinedSubject(name: string, subject: string): string {
  return `${QUARANTINE_PREFIX}.${name}.${subject}`;
}

/** The name that a subject of the core account has in another account. */
export function subjectInAccount(subject: string): string {
  if (subject.startsWith(`${CORE_API_PREFIX}.`)) return `${ACCOUNT_API_PREFIX}${subject.slice(CORE_API_PREFIX.length)}`;
  return subject.startsWith(`${QUARANTINE_PREFIX}.`) ? subject.split('.').slice(2).join('.') : subject;
}

function single(subject: string): ServiceExport {
  return { subject, responseType: 'Singleton' };
}
