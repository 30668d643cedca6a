/**
 * Answers the server's question whether a connection may enter, and into which account.
 *
 * Source of the messages: NATS, "Auth Callout". The server signs its request; the callout signs the answer, and in it the claims of the user.
 */
import { createHash } from 'node:crypto';
import type { AdmissionRecord, TokenKeys } from '@flotilla/contracts/access/admission-record.ts';
import { BUS_TOKEN_AUDIENCE } from '@flotilla/contracts/access/bus-token.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { userBody } from '@flotilla/runtime/identity/bus-keys.ts';
import { readClaims, signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { isPublicKey, type KeyPair } from '@flotilla/runtime/identity/nkey.ts';
import { type ServiceAccountIdentity, type Verdict, verifyToken } from './verify-token.ts';

/**
 * Lifetime of the connection of a pod. A stolen token opens no connection that lives longer. A day is longer than an outage of the callout may last, because at
 * the end of the lifetime the server closes the connection and the client needs the callout again.
 */
const CONNECTION_LIFETIME_S = 86_400;
/** The lifetimes of connections differ by up to this part, so that connections of one moment do not end in one moment. */
const LIFETIME_SPREAD = 0.25;

export interface AdmitOptions {
  /** Signs users and answers. */
  readonly key: KeyPair;
  /** Public key of the account in which the callout answers. */
  readonly admission: string;
  /** @param fresh whether a set that was read before may not be used. @throws FlotillaError when the set cannot be read */
  tokenKeys(fresh: boolean): Promise<TokenKeys | undefined>;
  /** The record of a ServiceAccount and an audience; undefined when they belong to no account. @throws FlotillaError when it cannot be read */
  record(identity: ServiceAccountIdentity): Promise<AdmissionRecord | undefined>;
  nowMs(): number;
}

export interface Admission {
  /** For the server. */
  readonly answer: string;
  /** Who was admitted; absent when the connection was refused. */
  readonly principal?: string;
  /** Why the connection was refused, for a log. Holds no secret. */
  readonly refusal?: string;
  /** The ServiceAccount that the token proves, `<namespace>/<name>`. */
  readonly serviceAccount?: string;
}

interface AuthorizationRequest {
  readonly serverId: string;
  readonly userKey: string;
  readonly token: string;
}

/** @throws FlotillaError `BUS_REFUSED` for a request that no server signed; such a request gets no answer */
export async function admit(request: string, options: AdmitOptions): Promise<Admission> {
  const { serverId, userKey, token } = readRequest(request);
  const answer = (content: Readonly<Record<string, unknown>>): string =>
    signClaims(
      {
        sub: userKey,
        name: 'admission',
        audience: serverId,
        issuedAtS: Math.floor(options.nowMs() / 1_000),
        nats: { ...content, issuer_account: options.admission, type: 'authorization_response', version: 2 },
      },
      options.key,
    );
  const refuse = (refusal: string): Admission => ({ answer: answer({ error: refusal }), refusal });
  try {
    const verdict = await verify(token, options);
    if (!verdict.ok) return refuse(verdict.reason);
    const { namespace, name, audience } = verdict.identity;
    const serviceAccount = `${namespace}/${name}`;
    const record = await options.record(verdict.identity);
    // The name of the record says which audience the record is for, and the record must say so too.
    if (record === undefined || record.closed || (record.audience ?? BUS_TOKEN_AUDIENCE) !== audience)
      return { ...refuse(`${ownerOf(serviceAccount, audience)} belongs to no principal of the bus`), serviceAccount };
    if (record.serviceAccountUid !== undefined && record.serviceAccountUid !== verdict.identity.uid)
      return { ...refuse(`the token belongs to an earlier ServiceAccount ${serviceAccount}, which was deleted`), serviceAccount };
    return { answer: answer({ jwt: userJwt(record, userKey, verdict.identity, options) }), principal: record.principal, serviceAccount };
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error;
    return refuse(`the callout cannot look the ServiceAccount up: ${error.message}`);
  }
}

function ownerOf(serviceAccount: string, audience: string): string {
  const owner = `the ServiceAccount ${serviceAccount}`;
  return audience === BUS_TOKEN_AUDIENCE ? owner : `${owner} with the audience ${audience}`;
}

/** A key that is not in the set may be newer than the set, so the set is read again once. */
async function verify(token: string, options: AdmitOptions): Promise<Verdict> {
  if (token === '') return { ok: false, unknownKey: false, reason: 'the connection showed no token of a ServiceAccount' };
  for (const fresh of [false, true]) {
    const keys = await options.tokenKeys(fresh);
    if (keys === undefined) return { ok: false, unknownKey: true, reason: 'the operator has not published the keys of the API server yet' };
    const verdict = await verifyToken(token, keys, options.nowMs());
    if (verdict.ok || !verdict.unknownKey || fresh) return verdict;
  }
  throw new Error('unreachable');
}

/** A person asks for a new token at will, so the connection of a person ends with the token. */
function userJwt(record: AdmissionRecord, userKey: string, { pod, expiresAtS }: ServiceAccountIdentity, options: AdmitOptions): string {
  const issuedAtS = Math.floor(options.nowMs() / 1_000);
  const spread = (createHash('sha256').update(userKey).digest().readUInt16LE(0) / 0x1_0000) * LIFETIME_SPREAD;
  return signClaims(
    {
      sub: userKey,
      name: pod === undefined ? record.principal : `${record.principal} (${pod})`,
      issuedAtS,
      expiresAtS: pod === undefined ? expiresAtS : issuedAtS + Math.floor(CONNECTION_LIFETIME_S * (1 - spread)),
      // The permissions are those of the account by default.
      nats: userBody(record.account, {}),
    },
    options.key,
  );
}

function readRequest(request: string): AuthorizationRequest {
  const { nats, issuer } = readClaims(request);
  const server = nats['server_id'] as { readonly id?: unknown } | undefined;
  const connection = nats['connect_opts'] as { readonly auth_token?: unknown } | undefined;
  const userKey = nats['user_nkey'];
  const isRequest = nats['type'] === 'authorization_request' && typeof userKey === 'string' && isPublicKey('user', userKey);
  if (!isRequest || !isPublicKey('server', issuer) || server?.id !== issuer)
    throw new FlotillaError('BUS_REFUSED', 'expected a request for admission that a server signed, found other claims');
  return { serverId: issuer, userKey, token: typeof connection?.auth_token === 'string' ? connection.auth_token : '' };
}
