/**
 * The core account of the bus: it owns the streams, and what it exports is all that any other account can reach.
 *
 * The exports are fixed for the life of an installation: a change of the core account's exports loses every answer in flight. What an identity may do
 * is decided by what its own account imports.
 */

import { createHash } from 'node:crypto';

/** Also the name of the folder in which the server keeps the streams, so it never changes. */
export const CORE_ACCOUNT = 'TRADING';

const HASH_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const HASH_LENGTH = 8;

/** The core account's part of a long acknowledgement subject: the first bytes of the SHA-256 of its name, each as one digit. */
export const ACCOUNT_HASH = Array.from(
  createHash('sha256').update(CORE_ACCOUNT).digest().subarray(0, HASH_LENGTH),
  (byte) => HASH_DIGITS[byte % HASH_DIGITS.length],
).join('');

/** Prefix of JetStream's API inside the core account, where the operator lives. */
export const CORE_API_PREFIX = '$JS.API';

/**
 * Prefix of JetStream's API in every other account. It has another name there, because the server itself gives every account a `$JS.API.>`, which
 * answers that JetStream is not enabled.
 */
export const ACCOUNT_API_PREFIX = 'JSAPI';

/** A message that came by a service import never reaches a stream import, so each stream publishes what it has stored again below this prefix. */
const PUSH_PREFIX = 'push';

/** The subject on which a stored message is pushed to those who hear of it; wildcards stay. */
export function pushSubject(subject: string): string {
  return `${PUSH_PREFIX}.${subject}`;
}

/** The subject on which a pushed message was stored. */
export function storedSubject(pushed: string): string {
  return pushed.startsWith(`${PUSH_PREFIX}.`) ? pushed.slice(PUSH_PREFIX.length + 1) : pushed;
}

interface ServiceExport {
  readonly subject: string;
  /** `Stream`: one request has many answers. */
  readonly responseType: 'Singleton' | 'Stream';
}

/** Disjoint: of two exports that match, the server takes either. */
export const CORE_SERVICES: readonly ServiceExport[] = [
  ...['signals.>', 'decisions.>', 'executions.>', 'poison.>', 'audit.>', '$KV.>', '$JS.ACK.>'].map(single),
  ...['$JS.API.DIRECT.GET.*.>', '$JS.API.STREAM.MSG.GET.*', '$JS.API.CONSUMER.INFO.*.*', '$JS.API.CONSUMER.RESET.*.*'].map(single),
  ...['$JS.API.DIRECT.GET.*', '$JS.API.CONSUMER.MSG.NEXT.*.*'].map((subject) => ({ subject, responseType: 'Stream' as const })),
];

/** Pushes of all streams. */
export const CORE_PUSHES: readonly string[] = [pushSubject('>')];

/** The name that a subject of the core account has in another account. */
export function subjectInAccount(subject: string): string {
  return subject.startsWith(`${CORE_API_PREFIX}.`) ? `${ACCOUNT_API_PREFIX}${subject.slice(CORE_API_PREFIX.length)}` : subject;
}

function single(subject: string): ServiceExport {
  return { subject, responseType: 'Singleton' };
}
