/**
 * Signed claims of the bus: JSON Web Tokens with the algorithm `ed25519-nkey`.
 *
 * Source of the format: NATS, "JWT", version 2. The issuer's public key stands in the claims, so a token can be checked alone. Whether the issuer
 * may issue it is the reader's question.
 */
import { createHash } from 'node:crypto';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { encodeBase32 } from './base32.ts';
import { isSignedBy, type KeyPair } from './nkey.ts';

const HEADER = encodeJson({ typ: 'JWT', alg: 'ed25519-nkey' });

export interface Claims {
  /** Public key of what the claims speak of: an operator, an account, a user. */
  readonly sub: string;
  readonly name: string;
  /** Seconds since 1970. The server compares whole seconds. */
  readonly issuedAtS: number;
  /** Seconds since 1970; absent: the claims do not expire. */
  readonly expiresAtS?: number;
  readonly audience?: string;
  /** The part that NATS defines, with `type` and `version`. */
  readonly nats: Readonly<Record<string, unknown>>;
}

export interface DecodedClaims extends Claims {
  /** Public key of the issuer, whose signature is right. */
  readonly issuer: string;
}

export function signClaims({ sub, name, issuedAtS, expiresAtS, audience, nats }: Claims, issuer: KeyPair): string {
  const body = {
    iat: issuedAtS,
    iss: issuer.publicKey,
    name,
    sub,
    ...(audience === undefined ? {} : { aud: audience }),
    ...(expiresAtS === undefined ? {} : { exp: expiresAtS }),
    nats,
  };
  const jti = encodeBase32(createHash('sha512-256').update(JSON.stringify(body)).digest());
  const signed = `${HEADER}.${encodeJson({ jti, ...body })}`;
  return `${signed}.${issuer.sign(Buffer.from(signed)).toString('base64url')}`;
}

/** @throws FlotillaError `BUS_REFUSED` for a text that is not a token of the bus, or that its issuer did not sign */
export function readClaims(token: string): DecodedClaims {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.');
  const claims = parseJson(payload);
  const { iss, sub, iat, name, exp, aud, nats } = claims ?? {};
  if (rest.length > 0 || typeof iss !== 'string' || typeof sub !== 'string' || !isRecord(nats))
    throw new FlotillaError('BUS_REFUSED', 'expected signed claims of the bus, found another text');
  if (!isSignedBy(iss, Buffer.from(`${header}.${payload}`), Buffer.from(signature, 'base64url')))
    throw new FlotillaError('BUS_REFUSED', 'expected claims signed by their issuer, found a signature that does not fit');
  return {
    sub,
    name: typeof name === 'string' ? name : '',
    issuedAtS: typeof iat === 'number' ? iat : 0,
    ...(typeof exp === 'number' ? { expiresAtS: exp } : {}),
    ...(typeof aud === 'string' ? { audience: aud } : {}),
    nats,
    issuer: iss,
  };
}

function encodeJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function parseJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
