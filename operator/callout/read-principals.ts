/** Reads what the callout needs from the bucket PRINCIPALS: the account of a ServiceAccount, and the public keys of the API server. */
import {
  admissionEntry,
  type AdmissionRecord,
  admissionRecordSchema,
  type TokenKeys,
  tokenKeysSchema,
} from '@flotilla/contracts/access/admission-record.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import type { Clock, KeyValue } from '@flotilla/contracts/ports.ts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import type { AdmitOptions } from './admit.ts';

/** The set is read again after this time, so a key that the API server gave up is forgotten. */
const TOKEN_KEYS_AGE_MS_MAX = 60_000;
/** A flood of tokens with unknown keys makes the callout read the set no more often. */
const REREAD_MS_MIN = 1_000;

/** Records are read for each connection, so a new principal enters at once and a removed one does not enter again. */
export function readPrincipals(
  bucket: Pick<KeyValue, 'get'>,
  clock: Pick<Clock, 'monotonicMs'>,
): Pick<AdmitOptions, 'tokenKeys' | 'record'> {
  let held: { readonly value: TokenKeys; readonly readAtMs: number } | undefined;
  return {
    async tokenKeys(fresh) {
      const ageMs = held === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() - held.readAtMs;
      if (held !== undefined && ageMs < (fresh ? REREAD_MS_MIN : TOKEN_KEYS_AGE_MS_MAX)) return held.value;
      const value = parse(tokenKeysSchema, await bucket.get(keys.tokenKeys));
      held = value === undefined ? undefined : { value, readAtMs: clock.monotonicMs() };
      return value;
    },
    async record({ namespace, name, audience }): Promise<AdmissionRecord | undefined> {
      if (!isKeyToken(namespace) || !isKeyToken(name)) return undefined;
      return parse(admissionRecordSchema, await bucket.get(keys.admission(namespace, admissionEntry(name, audience))));
    },
  };
}

/** A record that this build cannot read admits no connection. */
function parse<S extends typeof admissionRecordSchema | typeof tokenKeysSchema>(
  schema: S,
  entry: { readonly value: Uint8Array } | undefined,
): ReturnType<S['parse']> | undefined {
  if (entry === undefined) return undefined;
  const read = readRecordBytes(schema, entry.value);
  return read.ok ? (read.value as ReturnType<S['parse']>) : undefined;
}

/** Names of ServiceAccounts may contain dots; a name that would be several tokens of a subject belongs to no principal. */
function isKeyToken(name: string): boolean {
  return /^[a-z0-9-]{1,253}$/.test(name);
}
