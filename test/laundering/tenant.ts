/** A second namespace on the servers under attack: a core account of its own, and the same principals, who attack from there. */
import { coreAccountBody } from '@flotilla/contracts/access/account-claims.ts';
import { accountHash } from '@flotilla/contracts/access/core-account.ts';
import { accountName, coreAccountName, principalName } from '@flotilla/contracts/access/principal.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { userBody } from '@flotilla/runtime/identity/bus-keys.ts';
import { signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { userLogin } from '@flotilla/runtime/identity/login.ts';
import { keyPairOfSeed, makeKeyPair } from '@flotilla/runtime/identity/nkey.ts';
import { accountClaims, accountOf } from '@flotilla/runtime/identity/principal-account.ts';
import { tenantIdentity } from '@flotilla/runtime/identity/tenant-identity.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { pushClaims } from '@flotilla/runtime/testing/bus-identity.ts';
import type { NatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openRawLogin } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { type Attacker, CAST } from './cast.ts';

const NAMESPACE = 'research';

export interface TenantWorld {
  /** Every right in the core account of the namespace. */
  readonly bus: NatsBus;
  /** The part of the core account in long acknowledgement subjects. */
  readonly coreHash: string;
  /** With every permission inside its account. */
  connectAttacker(attacker: Attacker): ReturnType<typeof openRawLogin>;
}

/** @param isJoined the principals import from the core account of the other namespace, which is wrong on purpose */
export async function openTenant({ url, identity }: NatsServer, isJoined: boolean): Promise<TenantWorld> {
  const { operator } = identity.keys;
  const own = tenantIdentity(operator, NAMESPACE);
  const [signer, admin] = [makeKeyPair('account', systemRng.bytes(32)), makeKeyPair('user', systemRng.bytes(32))];
  const issuedAtS = Math.floor(Date.now() / 1_000);
  const core = { sub: own.core, name: coreAccountName(NAMESPACE), issuedAtS, nats: coreAccountBody([signer.publicKey]) };
  const principals = accountClaims(NAMESPACE, Object.values(CAST), isJoined ? operator : own);
  await pushClaims([url], identity.keys, [
    { account: own.core, jwt: signClaims(core, keyPairOfSeed(operator.claimsSeed)) },
    ...principals.map((each) => ({ account: each.account, jwt: each.sign(Date.now()) })),
  ]);
  const user = { sub: admin.publicKey, name: 'admin', issuedAtS, nats: userBody(own.core, {}) };
  return {
    bus: await openTestBus({ url, login: userLogin({ jwt: signClaims(user, signer), seed: admin.seed }) }),
    coreHash: accountHash(isJoined ? operator.core : own.core),
    connectAttacker(attacker) {
      const account = accountOf(operator.accountSecret, accountName(NAMESPACE, CAST[attacker]));
      const everything = { pub: { allow: ['>'] }, sub: { allow: ['>'] } };
      return openRawLogin(url, userLogin(identity.userOf(account, principalName(CAST[attacker]), everything)));
    },
  };
}
