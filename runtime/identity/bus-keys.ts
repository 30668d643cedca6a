/**
 * Makes the keys and first claims of an installation's bus, once for its life.
 *
 * The root key signs the claims of the installation and the signing key below it. The signing key signs the accounts. The pod signing key signs the
 * users of principals. The private keys of the accounts themselves are needed for nothing, so they are thrown away at once.
 */
import {
  admissionAccountBody,
  calloutPermissions,
  coreAccountBody,
  corePermissions,
  NO_PERMISSIONS,
  systemAccountBody,
} from '@flotilla/contracts/access/account-claims.ts';
import type { Rng } from '@flotilla/contracts/ports.ts';
import { readClaims, signClaims } from './jwt.ts';
import { type KeyKind, type KeyPair, makeKeyPair } from './nkey.ts';

const KEY_BYTES = 32;
const UNLIMITED = -1;

/** Claims of a user with the seed that proves them. Secret. */
export interface BusLogin {
  readonly jwt: string;
  readonly seed: string;
}

/** For the server: no part is secret, except from those who may not know the names of accounts. */
export interface ServerIdentity {
  readonly operatorJwt: string;
  readonly systemAccount: string;
  /** Claims of the accounts that exist from the start, by public key. */
  readonly preload: Readonly<Record<string, string>>;
  /** Claims of the user that a connection without claims gets: the user may do nothing, and the callout decides. */
  readonly sentinelJwt: string;
}

/** For the operator. Secret. */
export interface OperatorIdentity {
  /** Signs the claims of accounts. */
  readonly claimsSeed: string;
  /** The public keys of principals' accounts derive from it, so they survive a lost table. Base64. */
  readonly accountSecret: string;
  /** Public key of the core account. */
  readonly core: string;
  readonly podSigningKey: string;
  readonly coreLogin: BusLogin;
  readonly systemLogin: BusLogin;
  /** While a rotation lasts: keys whose users the accounts still admit. */
  readonly formerPodSigningKeys?: readonly string[];
  /** While a rotation lasts: the keys that follow. Not in use yet. */
  readonly next?: Pick<OperatorIdentity, 'claimsSeed' | 'podSigningKey' | 'coreLogin' | 'systemLogin'>;
}

export const OPERATOR_IDENTITY_FIELDS = ['claimsSeed', 'accountSecret', 'core', 'podSigningKey', 'coreLogin', 'systemLogin'] as const;
export const OPERATOR_ROTATION_FIELDS = ['formerPodSigningKeys'] as const;
export const CALLOUT_IDENTITY_FIELDS = ['login', 'podSigningSeed', 'admission'] as const;

/** For the callout. Secret. */
export interface CalloutIdentity {
  readonly login: BusLogin;
  readonly podSigningSeed: string;
  /** Public key of the account in which the callout answers. */
  readonly admission: string;
  /** While a rotation lasts: the keys that follow. Not in use yet. */
  readonly next?: Pick<CalloutIdentity, 'login' | 'podSigningSeed'>;
}

export interface BusKeys {
  /** Seed of the root key. No pod mounts it. */
  readonly rootSeed: string;
  readonly server: ServerIdentity;
  readonly operator: OperatorIdentity;
  readonly callout: CalloutIdentity;
}

export function makeBusKeys(rng: Pick<Rng, 'bytes'>, nowMs: number): BusKeys {
  const fresh = (kind: KeyKind): KeyPair => makeKeyPair(kind, rng.bytes(KEY_BYTES));
  const [root, claimsKey] = [fresh('operator'), fresh('operator')];
  const [core, system, admission] = [fresh('account').publicKey, fresh('account').publicKey, fresh('account').publicKey];
  const signed = makeSignedKeys({ core, system, admission }, rng, nowMs);
  const accounts: BaseAccounts = {
    core,
    system,
    admission,
    coreSigners: [issuerOf(signed.coreLogin)],
    systemSigners: [issuerOf(signed.systemLogin)],
    podSigningKeys: [signed.podSigner.publicKey],
    calloutUsers: [userOf(signed.calloutLogin)],
  };
  return {
    rootSeed: root.seed,
    server: {
      operatorJwt: operatorClaims(root, [claimsKey.publicKey], system, nowMs),
      systemAccount: system,
      preload: baseClaims(accounts, claimsKey, nowMs),
      sentinelJwt: sentinelClaims(admission, signed.podSigner, rng, nowMs),
    },
    operator: {
      claimsSeed: claimsKey.seed,
      accountSecret: Buffer.from(rng.bytes(KEY_BYTES)).toString('base64'),
      core,
      podSigningKey: signed.podSigner.publicKey,
      coreLogin: signed.coreLogin,
      systemLogin: signed.systemLogin,
    },
    callout: { login: signed.calloutLogin, podSigningSeed: signed.podSigner.seed, admission },
  };
}

/** Keys below the claims key, which a rotation replaces together. */
export interface SignedKeys {
  readonly podSigner: KeyPair;
  readonly coreLogin: BusLogin;
  readonly systemLogin: BusLogin;
  readonly calloutLogin: BusLogin;
}

/** Makes a pod signing key, and the logins of operator and callout. The keys that sign the operator's logins are thrown away, so no second login of them can be made. */
export function makeSignedKeys(
  { core, system, admission }: Pick<BaseAccounts, 'core' | 'system' | 'admission'>,
  rng: Pick<Rng, 'bytes'>,
  nowMs: number,
): SignedKeys {
  const fresh = (kind: KeyKind): KeyPair => makeKeyPair(kind, rng.bytes(KEY_BYTES));
  const podSigner = fresh('account');
  const login = (name: string, account: string, signer: KeyPair, permissions: object = {}): BusLogin => {
    const user = fresh('user');
    const claims = { sub: user.publicKey, name, issuedAtS: Math.floor(nowMs / 1_000), nats: userBody(account, permissions) };
    return { jwt: signClaims(claims, signer), seed: user.seed };
  };
  return {
    podSigner,
    coreLogin: login('operator', core, fresh('account'), corePermissions()),
    systemLogin: login('operator', system, fresh('account')),
    calloutLogin: login('callout', admission, podSigner, calloutPermissions()),
  };
}

/** Claims of the installation: which keys may sign accounts. */
export function operatorClaims(root: KeyPair, claimsKeys: readonly string[], system: string, nowMs: number): string {
  const nats = { signing_keys: claimsKeys, system_account: system, strict_signing_key_usage: true, type: 'operator', version: 2 };
  return signClaims({ sub: root.publicKey, name: 'flotilla', issuedAtS: Math.floor(nowMs / 1_000), nats }, root);
}

/** The accounts that exist from the start, by public keys. */
export interface BaseAccounts {
  readonly core: string;
  readonly system: string;
  readonly admission: string;
  readonly coreSigners: readonly string[];
  readonly systemSigners: readonly string[];
  readonly podSigningKeys: readonly string[];
  readonly calloutUsers: readonly string[];
}

/** Claims of the accounts that exist from the start, by public key. */
export function baseClaims(accounts: BaseAccounts, claimsKey: KeyPair, nowMs: number): Readonly<Record<string, string>> {
  const { core, system, admission, coreSigners, systemSigners, podSigningKeys, calloutUsers } = accounts;
  const account = (sub: string, name: string, nats: Readonly<Record<string, unknown>>) => [
    sub,
    signClaims({ sub, name, issuedAtS: Math.floor(nowMs / 1_000), nats }, claimsKey),
  ];
  return Object.fromEntries([
    account(system, 'system', systemAccountBody(systemSigners)),
    account(core, 'core', coreAccountBody(coreSigners)),
    account(admission, 'admission', admissionAccountBody({ core, podSigningKeys }, calloutUsers)),
  ]) as Readonly<Record<string, string>>;
}

/** Claims of the user that a connection without claims gets. */
export function sentinelClaims(admission: string, podSigner: KeyPair, rng: Pick<Rng, 'bytes'>, nowMs: number): string {
  const nats = { ...userBody(admission, NO_PERMISSIONS), bearer_token: true };
  const sub = makeKeyPair('user', rng.bytes(KEY_BYTES)).publicKey;
  return signClaims({ sub, name: 'not-admitted', issuedAtS: Math.floor(nowMs / 1_000), nats }, podSigner);
}

/** Public key of the user of a login. */
export function userOf({ jwt }: Pick<BusLogin, 'jwt'>): string {
  return readClaims(jwt).sub;
}

/** Public key that signed the claims of a login. */
export function issuerOf({ jwt }: Pick<BusLogin, 'jwt'>): string {
  return readClaims(jwt).issuer;
}

/** The `nats` part of a user's claims. */
export function userBody(account: string, permissions: object): Readonly<Record<string, unknown>> {
  return {
    issuer_account: account,
    ...permissions,
    subs: UNLIMITED,
    data: UNLIMITED,
    payload: UNLIMITED,
    allowed_connection_types: ['STANDARD'],
    type: 'user',
    version: 2,
  };
}
