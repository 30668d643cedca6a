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
import { signClaims } from './jwt.ts';
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
}

export const OPERATOR_IDENTITY_FIELDS = ['claimsSeed', 'accountSecret', 'core', 'podSigningKey', 'coreLogin', 'systemLogin'] as const;
export const CALLOUT_IDENTITY_FIELDS = ['login', 'podSigningSeed', 'admission'] as const;

/** For the callout. Secret. */
export interface CalloutIdentity {
  readonly login: BusLogin;
  readonly podSigningSeed: string;
  /** Public key of the account in which the callout answers. */
  readonly admission: string;
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
  const [coreSigner, systemSigner, podSigner] = [fresh('account'), fresh('account'), fresh('account')];
  const issuedAtS = Math.floor(nowMs / 1_000);
  const login = (name: string, account: string, signer: KeyPair, permissions: object = {}): BusLogin & { readonly publicKey: string } => {
    const user = fresh('user');
    const jwt = signClaims({ sub: user.publicKey, name, issuedAtS, nats: userBody(account, permissions) }, signer);
    return { jwt, seed: user.seed, publicKey: user.publicKey };
  };
  const calloutLogin = login('callout', admission, podSigner, calloutPermissions());
  const account = (sub: string, name: string, nats: Readonly<Record<string, unknown>>) => [
    sub,
    signClaims({ sub, name, issuedAtS, nats }, claimsKey),
  ];
  const keys = { core, podSigningKeys: [podSigner.publicKey] };
  const sentinel = fresh('user');
  return {
    rootSeed: root.seed,
    server: {
      operatorJwt: signClaims(
        {
          sub: root.publicKey,
          name: 'flotilla',
          issuedAtS,
          nats: {
            signing_keys: [claimsKey.publicKey],
            system_account: system,
            strict_signing_key_usage: true,
            type: 'operator',
            version: 2,
          },
        },
        root,
      ),
      systemAccount: system,
      preload: Object.fromEntries([
        account(system, 'system', systemAccountBody(systemSigner.publicKey)),
        account(core, 'core', coreAccountBody([coreSigner.publicKey])),
        account(admission, 'admission', admissionAccountBody(keys, [calloutLogin.publicKey])),
      ]),
      sentinelJwt: signClaims(
        { sub: sentinel.publicKey, name: 'not-admitted', issuedAtS, nats: { ...userBody(admission, NO_PERMISSIONS), bearer_token: true } },
        podSigner,
      ),
    },
    operator: {
      claimsSeed: claimsKey.seed,
      accountSecret: Buffer.from(rng.bytes(KEY_BYTES)).toString('base64'),
      core,
      podSigningKey: podSigner.publicKey,
      coreLogin: bare(login('operator', core, coreSigner, corePermissions())),
      systemLogin: bare(login('operator', system, systemSigner)),
    },
    callout: { login: bare(calloutLogin), podSigningSeed: podSigner.seed, admission },
  };
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

function bare({ jwt, seed }: BusLogin): BusLogin {
  return { jwt, seed };
}
