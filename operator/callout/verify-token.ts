/** Verifies the token of a ServiceAccount without the API server, by the API server's public keys. */
import type { TokenKeys } from '@flotilla/contracts/access/admission-record.ts';
import { BUS_TOKEN_AUDIENCES } from '@flotilla/contracts/access/bus-token.ts';
import { createLocalJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';

/** Difference of clocks between the API server's machine and this one. */
const CLOCK_TOLERANCE_S = 10;
/** Algorithms by which an API server signs. A token that names another one, or none, is refused. */
const ALGORITHMS = ['RS256', 'ES256', 'ES384', 'ES512'];

export interface ServiceAccountIdentity {
  readonly namespace: string;
  readonly name: string;
  /** Of the ServiceAccount itself: a later one of the same name has another. Absent from tokens of an API server that does not tell it. */
  readonly uid?: string;
  /** Absent for a token that a person asked for. */
  readonly pod?: string;
  /** The one audience of the bus that the token names. */
  readonly audience: string;
  /** Unix time in seconds. */
  readonly expiresAtS: number;
}

export type Verdict =
  | { readonly ok: true; readonly identity: ServiceAccountIdentity }
  /** `unknownKey`: no key of the set signed the token; a newer set may have the key. */
  | { readonly ok: false; readonly unknownKey: boolean; readonly reason: string };

/** Never throws for a bad token. The reason names no part of the token. */
export async function verifyToken(token: string, keys: TokenKeys, nowMs: number): Promise<Verdict> {
  try {
    const { payload } = await jwtVerify(token, keySetOf(keys), {
      issuer: keys.issuer,
      audience: [...BUS_TOKEN_AUDIENCES],
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(nowMs),
      requiredClaims: ['exp'],
    });
    return identityOf(payload);
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    const unknownKey = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
    return { ok: false, unknownKey, reason: `the token of the ServiceAccount was refused: ${reasonOf(error)}` };
  }
}

/** A key set imports its keys at their first use, so a set serves every token that comes while it is current. */
const KEY_SETS = new WeakMap<TokenKeys, ReturnType<typeof createLocalJWKSet>>();

function keySetOf(keys: TokenKeys): ReturnType<typeof createLocalJWKSet> {
  const known = KEY_SETS.get(keys);
  if (known !== undefined) return known;
  const made = createLocalJWKSet({ keys: keys.keys });
  KEY_SETS.set(keys, made);
  return made;
}

function identityOf(payload: JWTPayload): Verdict {
  const claims = payload['kubernetes.io'] as
    | {
        readonly namespace?: unknown;
        readonly serviceaccount?: { readonly name?: unknown; readonly uid?: unknown };
        readonly pod?: { readonly name?: unknown };
      }
    | undefined;
  const [namespace, pod] = [claims?.namespace, claims?.pod?.name];
  const { name, uid } = claims?.serviceaccount ?? {};
  if (typeof namespace !== 'string' || typeof name !== 'string')
    return { ok: false, unknownKey: false, reason: 'expected the token of a ServiceAccount, found a token without namespace and name' };
  const [audience, ...others] = BUS_TOKEN_AUDIENCES.filter((one) => [payload.aud].flat().includes(one));
  if (audience === undefined || others.length > 0)
    return { ok: false, unknownKey: false, reason: 'expected a token with one audience of the bus, found a token with several' };
  return {
    ok: true,
    identity: {
      namespace,
      name,
      audience,
      expiresAtS: payload.exp ?? 0,
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof pod === 'string' ? { pod } : {}),
    },
  };
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTClaimValidationFailed)
    return `its claim ${error.claim} is ${error.reason === 'missing' ? 'missing' : 'wrong'}`;
  switch (error.code) {
    case 'ERR_JWT_EXPIRED':
      return 'it has expired';
    case 'ERR_JWKS_NO_MATCHING_KEY':
      return 'no key of the API server fits';
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return 'its signature is wrong';
    default:
      return 'the text is not a token';
  }
}
