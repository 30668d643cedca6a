/** Races that real servers show once in many runs, for example claims of another that arrive together with the answer that proves our own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { makeBusKeys, type OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import { readClaims, signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { keyPairOfSeed, makeKeyPair } from '@flotilla/runtime/identity/nkey.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';
import { type AccountPusher, type AccountPusherOptions, makeAccountPusher } from './account-pusher.ts';
import type { Member } from './principals-of.ts';

const SERVER = { name: 'n1', id: 'ID1' };
const MEMBERS: readonly Member[] = [{ principal: { role: 'Reader' }, serviceAccount: 'flotilla-reader' }];

/** One server that loads whatever is pushed. `beforeAnswer` runs between the server's look and the moment at which the pusher hears of it. */
function startWorld(identity: OperatorIdentity, beforeAnswer: (pusher: AccountPusher, account: string) => void) {
  const pushes: string[] = [];
  const system = {
    servers: () => Promise.resolve({ running: [SERVER], expectedCount: 1 }),
    push(jwt: string): Promise<void> {
      pushes.push(jwt);
      return Promise.resolve();
    },
    serversWith(account: string) {
      beforeAnswer(pusher, account);
      return Promise.resolve([SERVER]);
    },
  };
  const pusher = makeAccountPusher({
    namespace: 'trading',
    identity,
    system: system as unknown as AccountPusherOptions['system'],
    records: { read: () => Promise.resolve(new Map()), write: () => Promise.resolve() } as unknown as AccountPusherOptions['records'],
    fence: () => undefined,
    clock: { nowMs: () => 1_000_000 },
    logger: testLogger(),
  });
  return { pusher, pushes, system };
}

test('AccountPusher: answers a failed push after every push that had begun has ended, and begins no other', async () => {
  const { operator } = makeBusKeys(systemRng, 1_000_000);
  const { pusher, pushes, system } = startWorld(operator, () => undefined);
  const [begun, slow] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  system.push = (jwt) => {
    pushes.push(jwt);
    if (pushes.length === 1) return Promise.reject(new FlotillaError('BUS_UNAVAILABLE', 'no answer'));
    begun.resolve();
    return slow.promise;
  };
  const members = Array.from({ length: 200 }, (_, index): Member => ({
    principal: { role: 'SignalAgent', portfolio: 'main', strategy: `s-${index}` },
    serviceAccount: `s-${index}-agent`,
  }));
  let isAnswered = false;
  const converging = assert.rejects(pusher.converge(members), /no answer/).then(() => (isAnswered = true));
  await begun.promise;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isAnswered, false, 'a push is still under way');
  slow.resolve();
  await converging;
  assert.ok(pushes.length <= 32, `expected at most 32 pushes, found ${pushes.length}`);
});

test('AccountPusher: knows its own pushes, so that hearing one costs no check of a signature', async () => {
  const { operator } = makeBusKeys(systemRng, 1_000_000);
  const { pusher, pushes } = startWorld(operator, () => undefined);
  await pusher.converge(MEMBERS);
  assert.ok(pusher.isOwnPush(pushes[0] ?? ''));
  const claims = readClaims(pushes[0] ?? '');
  assert.equal(pusher.isOwnPush(signClaims({ ...claims, name: 'forged' }, keyPairOfSeed(operator.claimsSeed))), false);
});

test('AccountPusher: claims of another that come with the answer of the proof are pushed over', async () => {
  const { operator } = makeBusKeys(systemRng, 1_000_000);
  const foreign = makeKeyPair('operator', systemRng.bytes(32));
  let isAttacked = false;
  const { pusher, pushes } = startWorld(operator, (own, account) => {
    if (isAttacked) return;
    isAttacked = true;
    const claims = { sub: account, name: 'forged', issuedAtS: 1_000, nats: { type: 'account', version: 2 } };
    assert.ok(own.takeForeignPush(account, signClaims(claims, foreign)));
  });
  await pusher.converge(MEMBERS);
  assert.equal(pushes.length, 1);
  await pusher.converge(MEMBERS);
  assert.equal(pushes.length, 2);
  assert.equal(readClaims(pushes[1] ?? '').issuer, keyPairOfSeed(operator.claimsSeed).publicKey);
  await pusher.converge(MEMBERS);
  assert.equal(pushes.length, 2);
});
