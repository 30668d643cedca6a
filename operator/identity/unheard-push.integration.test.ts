/**
 * Claims that another pushes while the operator does not hear it, on real servers. The operator asks the servers what they have stored, and pushes its own
 * claims again. A clock that runs twenty times as fast takes the wait out of the test.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accountName, type Principal } from '@flotilla/contracts/access/principal.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { silentLogger } from '@flotilla/kube/mod.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { readClaims, signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { keyPairOfSeed } from '@flotilla/runtime/identity/nkey.ts';
import { accountOf } from '@flotilla/runtime/identity/principal-account.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { ensureBucket } from '@flotilla/runtime/provision/ensure-stream.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestSystemAccount, type TestSystemAccount } from '@flotilla/runtime/testing/open-system-account.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { makeAccountPusher } from './account-pusher.ts';
import { type IdentityLoop, startIdentityLoop } from './identity-loop.ts';
import { guardInstallationAccounts } from './installation-accounts.ts';
import { openPrincipalRecords } from './principal-records.ts';

const NAMESPACE = 'trading';
const SPEED = 20;
const AGENT: Principal = { role: 'SignalAgent', portfolio: 'main', strategy: 'a' };
const GONE: Principal = { role: 'SignalAgent', portfolio: 'main', strategy: 'gone' };

let server: NatsServer;
let bus: NatsBus;
let accounts: TestSystemAccount;
let loop: IdentityLoop;
/** Accounts whose claims were told as changed by hand. */
const told: string[] = [];
const members = new Set([AGENT, GONE]);
let lookCount = 0;

before(async () => {
  server = await startNatsServer();
  bus = await openTestBus(server);
  await ensureBucket(bus, 'PRINCIPALS', { replicas: 1 });
  accounts = openTestSystemAccount(server);
  await eventually('the system account connects', () => accounts.system.problem() === undefined);
  const { operator } = server.identity.keys;
  const deaf: SystemAccount = {
    ...accounts.system,
    onPush: () => () => undefined,
    storedClaims(name, serverCount) {
      if (name === account(AGENT)) lookCount += 1;
      return accounts.system.storedClaims(name, serverCount);
    },
  };
  const fast: Clock = {
    ...systemClock,
    monotonicMs: () => systemClock.monotonicMs() * SPEED,
    sleep: (delayMs, signal) => systemClock.sleep(delayMs / SPEED, signal),
  };
  loop = startIdentityLoop({
    pusher: makeAccountPusher({
      namespace: NAMESPACE,
      identity: operator,
      system: deaf,
      records: openPrincipalRecords(bus, NAMESPACE),
      fence: () => undefined,
      clock: systemClock,
      logger: silentLogger,
    }),
    installation: guardInstallationAccounts({
      system: deaf,
      issuer: () => keyPairOfSeed(operator.claimsSeed).publicKey,
      fence: () => undefined,
    }),
    system: deaf,
    members: () =>
      [...members].map((principal) => ({ principal, serviceAccount: 'strategy' in principal ? `${principal.strategy}-agent` : '' })),
    onProven: () => undefined,
    publishTokenKeys: () => Promise.resolve(),
    tellDrift: ({ name }) => told.push(name),
    clock: fast,
    rng: systemRng,
    logger: silentLogger,
  });
  await eventually('the accounts are proven', () => loop.serversOf(AGENT) === '1/1' && loop.serversOf(GONE) === '1/1');
  members.delete(GONE);
  loop.wake();
  await eventually(
    'the account of a principal that is gone is closed',
    async () => (await stored(account(GONE))) !== '' && isClosed(await stored(account(GONE))),
  );
});
after(async () => {
  await loop.stop();
  await accounts.close();
  await bus.close();
  await server.stop();
});

for (const [what, principal] of [
  ['of a principal', AGENT],
  ['of a principal that is gone', GONE],
] as const) {
  test(`claims ${what} that another pushed unheard are replaced and told, also while the loop is woken again and again`, async () => {
    const wide = await pushWide(account(principal));
    await eventually('the operator has pushed its own claims again', async () => {
      loop.wake();
      return (await stored(account(principal))) !== wide;
    });
    assert.ok(told.includes(account(principal)));
    assert.equal(isClosed(await stored(account(principal))), principal === GONE);
  });
}

test('claims of the installation itself that another pushed unheard are restored and told', async () => {
  const { core } = server.identity.keys.operator;
  const own = await stored(core);
  await eventually('the operator has learned the claims', () => loop.problem() === undefined);
  const older = signClaims(
    { sub: core, name: 'core', issuedAtS: 1, nats: readClaims(own).nats },
    keyPairOfSeed(server.identity.keys.operator.claimsSeed),
  );
  await accounts.system.push(older, 1);
  await eventually('the operator has restored the claims', async () => (await stored(core)) === own);
  assert.ok(told.includes(core));
});

test('own claims are pushed no second time', async () => {
  const before = await stored(account(AGENT));
  const toldCount = told.length;
  const pushes: string[] = [];
  const stop = accounts.system.onPush((jwt) => pushes.push(jwt));
  const looksBefore = lookCount;
  await eventually('the operator has looked twice', () => lookCount >= looksBefore + 2);
  stop();
  assert.deepEqual([pushes, told.length - toldCount, await stored(account(AGENT))], [[], 0, before]);
});

function account(principal: Principal): string {
  return accountOf(server.identity.keys.operator.accountSecret, accountName(NAMESPACE, principal));
}

async function stored(name: string): Promise<string> {
  return (await accounts.system.claimsOf(name)) ?? '';
}

function isClosed(jwt: string): boolean {
  return (readClaims(jwt).nats['limits'] as { readonly conn?: number } | undefined)?.conn === 0;
}

/** Claims of the right key that grant all executions, as a thief of the key would push them. */
async function pushWide(name: string): Promise<string> {
  const { core, claimsSeed, podSigningKey } = server.identity.keys.operator;
  const nats = {
    imports: [{ name: 'wide', account: core, subject: 'executions.>', local_subject: 'executions.>', type: 'service' }],
    limits: { conn: -1, subs: -1, data: -1, payload: -1, imports: -1, exports: -1, leaf: 0, wildcards: true },
    signing_keys: [podSigningKey],
    type: 'account',
    version: 2,
  };
  const issuedAtS = Math.floor(Date.now() / 1_000);
  const wide = signClaims({ sub: name, name: 'wide', issuedAtS, nats }, keyPairOfSeed(claimsSeed));
  await accounts.system.push(wide, 1);
  return wide;
}
