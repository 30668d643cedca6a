/** Records of the bucket PRINCIPALS: the operator writes them, the callout admits connections by them. */
import { z } from 'zod';

/** Bound on the keys of an API server: a rotation has two. */
const TOKEN_KEYS_MAX = 16;

/** Key `account.<namespace>.<service account>`: the account of the bus to which a ServiceAccount belongs. */
export const admissionRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Name of the principal, for logs. */
  principal: z.string().min(1).max(256),
  /** Public key of the principal's account. */
  account: z.string().regex(/^A[A-Z2-7]{55}$/),
  /** The principal is gone. The record stays, so that each start of the operator closes the account again. */
  closed: z.boolean(),
});
export type AdmissionRecord = z.infer<typeof admissionRecordSchema>;

/** Key `token-keys`: how to check tokens of ServiceAccounts without the API server. */
export const tokenKeysSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Issuer of the tokens, as the API server names itself. */
  issuer: z.string().min(1).max(1_024),
  /** JSON Web Keys (RFC 7517), public. */
  keys: z.array(z.looseObject({ kty: z.string() })).max(TOKEN_KEYS_MAX),
});
export type TokenKeys = z.infer<typeof tokenKeysSchema>;
