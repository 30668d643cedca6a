/** The identity of a test server: the keys and accounts of production, and a user with every right in the core account for the tests themselves. */
import { coreAccountBody } from '@flotilla/contracts/access/account-claims.ts';
import { accountName, asksOthers, type Principal, principalName } from '@flotilla/contracts/access/principal.ts';
import type { Authenticator } from '@nats-io/nats-core';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openConnection } from '../bus/connection.ts';
import { systemClock } from '../clock.ts';
import { type BusKeys, type BusLogin, makeBusKeys, type ServerIdentity, userBody } from '../identity/bus-keys.ts';
import { formatCreds } from './format-creds.ts';
import { readClaims, signClaims } from '../identity/jwt.ts';
import { userLogin } from '../identity/login.ts';
import { keyPairOfSeed, makeKeyPair } from '../identity/nkey.ts';
import { accountClaims, accountOf } from '../identity/principal-account.ts';
import { openSystemAccount } from '../identity/system-account.ts';
import { makeLogger } from '../log.ts';
import { systemRng } from '../rng.ts';
import { eventually } from './eventually.ts';

export const TEST_NAMESPACE = 'trading';

/** A principal, or the operator's user in the core account. */
export type TestPrincipal = Principal | 'operator';

export interface BusIdentity {
  readonly keys: BusKeys;
  /** For the server's configuration. */
  readonly server: ServerIdentity;
  /** A user with every right in the core account. */
  readonly adminLogin: Authenticator;
  /**
   * The principal's own login. The first login of a principal pushes the claims of its account, and again the claims of the principals before it,
   * which may ask what it answers. Beside a real operator, a reader's claims would differ from the operator's, which the operator restores.
   */
  login(principal: TestPrincipal): Promise<BusLogin>;
  /** A new user of a principal's account, with permissions of its own in place of the account's. */
  userOf(account: string, name: string, permissions: object): BusLogin;
  /** The principal's own login as a creds file, for a process. */
  credsFile(principal: TestPrincipal, folder: string): Promise<string>;
  /** Writes the file that the operator reads its keys from. */
  operatorFile(folder: string): string;
  /** Writes the file that the callout reads its keys from. */
  calloutFile(folder: string): string;
}

/** @param urls gives the addresses of the servers once they run */
export function makeBusIdentity(urls: () => readonly string[]): BusIdentity {
  const nowMs = systemClock.nowMs();
  const keys = makeBusKeys(systemRng, nowMs);
  const [claimsKey, podKey] = [keyPairOfSeed(keys.operator.claimsSeed), keyPairOfSeed(keys.callout.podSigningSeed)];
  const [coreSigner, admin] = [makeKeyPair('account', systemRng.bytes(32)), makeKeyPair('user', systemRng.bytes(32))];
  const { core } = keys.operator;
  const issuedAtS = Math.floor(nowMs / 1_000);
  const user = (name: string, account: string, signer: typeof podKey, more: object = {}): BusLogin => {
    const pair = makeKeyPair('user', systemRng.bytes(32));
    return {
      jwt: signClaims({ sub: pair.publicKey, name, issuedAtS, nats: { ...userBody(account, {}), ...more } }, signer),
      seed: pair.seed,
    };
  };
  const coreSigners = readClaims(keys.server.preload[core] ?? '').nats['signing_keys'] as readonly string[];
  const coreJwt = signClaims(
    { sub: core, name: 'core', issuedAtS, nats: coreAccountBody([...coreSigners, coreSigner.publicKey]) },
    claimsKey,
  );
  const adminJwt = signClaims(
    { sub: admin.publicKey, name: 'admin', issuedAtS, nats: { ...userBody(core, {}), bearer_token: true } },
    coreSigner,
  );
  const admitted = new Map<string, Principal>();
  const logins = new Map<string, Promise<BusLogin>>();
  let pushing = Promise.resolve();
  const admit = async (principal: Principal): Promise<BusLogin> => {
    admitted.set(principalName(principal), principal);
    pushing = pushing.then(() => push(urls(), keys, [...admitted.values()]));
    await pushing;
    return user(principalName(principal), accountOf(keys.operator.accountSecret, accountName(TEST_NAMESPACE, principal)), podKey);
  };
  const login = (principal: TestPrincipal): Promise<BusLogin> => {
    if (principal === 'operator') return Promise.resolve(keys.operator.coreLogin);
    const name = principalName(principal);
    const found = logins.get(name) ?? admit(principal);
    logins.set(name, found);
    return found;
  };
  return {
    keys,
    server: { ...keys.server, preload: { ...keys.server.preload, [core]: coreJwt }, sentinelJwt: adminJwt },
    adminLogin: () => ({ jwt: adminJwt }),
    login,
    operatorFile: (folder) => writeSecret(join(folder, 'operator-identity.json'), JSON.stringify(keys.operator)),
    calloutFile: (folder) => writeSecret(join(folder, 'callout-identity.json'), JSON.stringify(keys.callout)),
    userOf: (account, name, permissions) => user(name, account, podKey, permissions),
    async credsFile(principal, folder) {
      const name = principal === 'operator' ? principal : principalName(principal);
      return writeSecret(join(folder, `${name}.creds`), formatCreds(await login(principal)));
    },
  };
}

function writeSecret(path: string, text: string): string {
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** Accounts that answer come first, because the server resolves imports when it loads claims. */
async function push(urls: readonly string[], keys: BusKeys, principals: readonly Principal[]): Promise<void> {
  const claims = accountClaims(TEST_NAMESPACE, principals, keys.operator);
  const nowMs = systemClock.nowMs();
  const asksLast = claims.toSorted((left, right) => Number(asksOthers(left.principal)) - Number(asksOthers(right.principal)));
  await pushClaims(
    urls,
    keys,
    asksLast.map((each) => ({ account: each.account, jwt: each.sign(nowMs) })),
  );
}

/** Resolves when every server has loaded the claims. */
export async function pushClaims(
  urls: readonly string[],
  keys: BusKeys,
  claims: readonly { readonly account: string; readonly jwt: string }[],
): Promise<void> {
  const logger = makeLogger({ service: 'test', revision: 'test', level: 'silent' });
  const login = userLogin(keys.operator.systemLogin);
  const connection = openConnection({ url: urls[0] ?? '', name: 'identity', login, clock: systemClock, logger });
  await eventually('the system account connects', () => connection.connected());
  const system = openSystemAccount(connection);
  for (const { account, jwt } of claims) {
    await system.push(jwt, urls.length);
    await eventually(`${account} is loaded`, async () => (await system.serversWith(account, jwt, urls.length)).length === urls.length);
  }
  await connection.close();
}
