/**
 * The core account of each tenant namespace beside the namespace of the installation. Each owns the streams of its namespace, so two namespaces share
 * nothing at the bus, whatever their portfolios are called.
 *
 * Account and login derive from the operator's keys: nothing is stored, and a rotation of the operator's keys replaces the logins as well.
 */
import { createHmac } from 'node:crypto';
import { coreAccountBody, corePermissions } from '@flotilla/contracts/access/account-claims.ts';
import { coreAccountName } from '@flotilla/contracts/access/principal.ts';
import { type BusLogin, type OperatorIdentity, userBody } from './bus-keys.ts';
import { readClaims, signClaims } from './jwt.ts';
import { type KeyKind, type KeyPair, keyPairOfSeed, makeKeyPair } from './nkey.ts';
import { accountOf } from './principal-account.ts';

/** The keys of the operator for the bus of one tenant. Reading a field gives its present value. */
export function tenantIdentity(identity: OperatorIdentity, namespace: string): OperatorIdentity {
  const core = accountOf(identity.accountSecret, coreAccountName(namespace));
  const own = {
    core: { enumerable: true, value: core },
    coreLogin: { enumerable: true, get: () => coreLogin(identity, namespace, core) },
    // The next keys are the installation's. A tenant's follow from them once they are in use.
    next: { enumerable: true, value: undefined },
  };
  return Object.create(identity, own) as OperatorIdentity;
}

/** Claims of the core account of a tenant. */
export interface CoreClaims {
  /** Public key of the account. */
  readonly account: string;
  sign(nowMs: number): string;
}

/** @param identity by {@link tenantIdentity} */
export function tenantCoreClaims(identity: OperatorIdentity, namespace: string): CoreClaims {
  const signer = keyPairOfSeed(identity.claimsSeed);
  const nats = coreAccountBody([readClaims(identity.coreLogin.jwt).issuer]);
  return {
    account: identity.core,
    sign: (nowMs) =>
      signClaims({ sub: identity.core, name: coreAccountName(namespace), issuedAtS: Math.floor(nowMs / 1_000), nats }, signer),
  };
}

/** The time of issue is that of the operator's own login, so that equal keys give equal logins. */
function coreLogin({ coreLogin: { jwt, seed } }: OperatorIdentity, namespace: string, core: string): BusLogin {
  const user = derived('user', seed, namespace);
  const claims = { sub: user.publicKey, name: 'operator', issuedAtS: readClaims(jwt).issuedAtS, nats: userBody(core, corePermissions()) };
  return { jwt: signClaims(claims, derived('account', seed, namespace)), seed: user.seed };
}

function derived(kind: KeyKind, secret: string, namespace: string): KeyPair {
  return makeKeyPair(
    kind,
    createHmac('sha256', secret)
      .update(`${kind} of ${coreAccountName(namespace)}`)
      .digest(),
  );
}
