/** Connects a test to the bus as a principal, with the claims that an operator under test pushed. */
import { accountName, type Principal, principalName } from '@flotilla/contracts/access/principal.ts';
import { userBody } from '../identity/bus-keys.ts';
import { signClaims } from '../identity/jwt.ts';
import { userLogin } from '../identity/login.ts';
import { keyPairOfSeed, makeKeyPair } from '../identity/nkey.ts';
import { accountOf } from '../identity/principal-account.ts';
import { systemRng } from '../rng.ts';
import { TEST_NAMESPACE } from './bus-identity.ts';
import type { NatsServer } from './nats-server.ts';
import { openRawLogin, type RawConnection } from './open-raw-connection.ts';

/** As the callout admits the pod, and without a second try. Rejects while the servers have no claims of the account. */
export function enterAccount(
  { url, identity }: Pick<NatsServer, 'url' | 'identity'>,
  principal: Principal,
  namespace: string = TEST_NAMESPACE,
): Promise<RawConnection> {
  const user = makeKeyPair('user', systemRng.bytes(32));
  const key = keyPairOfSeed(identity.keys.callout.podSigningSeed);
  const account = accountOf(identity.keys.operator.accountSecret, accountName(namespace, principal));
  const issuedAtS = Math.floor(Date.now() / 1_000);
  const claims = { sub: user.publicKey, name: principalName(principal), issuedAtS, nats: userBody(account, {}) };
  return openRawLogin(url, userLogin({ jwt: signClaims(claims, key), seed: user.seed }), false);
}
