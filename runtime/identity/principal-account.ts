/** Derives the accounts of principals. The same secret gives the same accounts, so a lost table or a second operator changes no account. */
import { createHmac } from 'node:crypto';
import { closedAccountBody, type InstallationKeys, principalAccountBodies } from '@flotilla/contracts/access/account-claims.ts';
import { accountName, type Principal } from '@flotilla/contracts/access/principal.ts';
import type { OperatorIdentity } from './bus-keys.ts';
import { signClaims } from './jwt.ts';
import { keyPairOfSeed, makeKeyPair } from './nkey.ts';

/** Public key of the account of a principal. @param name by `accountName` */
export function accountOf(accountSecret: string, name: string): string {
  const raw = createHmac('sha256', Buffer.from(accountSecret, 'base64')).update(`account ${name}`).digest();
  // The private half proves nothing that a signing key does not prove, and is thrown away.
  return makeKeyPair('account', raw).publicKey;
}

/** Bound on remembered accounts; beyond it the memory starts anew. */
const REMEMBERED_MAX = 20_000;

/** The same, with a memory: a key costs a tenth of a millisecond. */
export function makeAccountDirectory(accountSecret: string): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    if (known.size >= REMEMBERED_MAX) known.clear();
    const account = accountOf(accountSecret, name);
    known.set(name, account);
    return account;
  };
}

export interface AccountClaims {
  readonly principal: Principal;
  /** Public key of the account. */
  readonly account: string;
  /** The claims before they are signed, as text: equal for equal rights. */
  readonly content: string;
  /** Signs the claims as of now. */
  sign(nowMs: number): string;
}

export type ClaimsIdentity = Pick<OperatorIdentity, 'claimsSeed' | 'accountSecret' | 'core' | 'podSigningKey' | 'formerPodSigningKeys'>;

/** Claims of the accounts of these principals. @param directory gives the account of a name */
export function accountClaims(
  namespace: string,
  principals: readonly Principal[],
  identity: ClaimsIdentity,
  directory: (name: string) => string = (name) => accountOf(identity.accountSecret, name),
): readonly AccountClaims[] {
  const signer = keyPairOfSeed(identity.claimsSeed);
  const keys: InstallationKeys = {
    core: identity.core,
    podSigningKeys: [identity.podSigningKey, ...(identity.formerPodSigningKeys ?? [])],
  };
  const members = principals.map((principal) => ({
    principal,
    account: directory(accountName(namespace, principal)),
  }));
  const bodies = principalAccountBodies(members, keys);
  return members.map(({ principal, account }) => {
    const nats = bodies.get(account) ?? closedAccountBody();
    const name = accountName(namespace, principal);
    return {
      principal,
      account,
      content: JSON.stringify(nats),
      sign: (nowMs) => signClaims({ sub: account, name, issuedAtS: Math.floor(nowMs / 1_000), nats }, signer),
    };
  });
}

/** Claims that close an account whose principal is gone. */
export function closedClaims(account: string, name: string, identity: ClaimsIdentity, nowMs: number): string {
  const claims = { sub: account, name, issuedAtS: Math.floor(nowMs / 1_000), nats: closedAccountBody() };
  return signClaims(claims, keyPairOfSeed(identity.claimsSeed));
}
