/** What the servers say of pushed claims is what they have loaded: one server, three servers, and two of three. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { accountName, type Principal } from '@flotilla/contracts/access/principal.ts';
import { type Connection, openConnection } from '../bus/connection.ts';
import { systemClock } from '../clock.ts';
import { TEST_NAMESPACE } from '../testing/bus-identity.ts';
import { eventually } from '../testing/eventually.ts';
import { type NatsCluster, startNatsCluster } from '../testing/nats-cluster.ts';
import { type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import { openRawConnection } from '../testing/open-raw-connection.ts';
import { testLogger } from '../testing/open-test-bus.ts';
import { signClaims } from './jwt.ts';
import { userLogin } from './login.ts';
import { makeKeyPair } from './nkey.ts';
import { accountClaims, accountOf, closedClaims } from './principal-account.ts';
import { openSystemAccount, type SystemAccount } from './system-account.ts';

const EXEC: Principal = { role: 'Exec', portfolio: 'main' };

interface Opened {
  readonly system: SystemAccount;
  readonly connection: Connection;
}

async function open(server: NatsServer): Promise<Opened> {
  const login = userLogin(server.identity.keys.operator.systemLogin);
  const connection = openConnection({ url: server.url, name: 'test', login, clock: systemClock, logger: testLogger() });
  await eventually('the system account connects', () => connection.connected());
  return { system: openSystemAccount(connection), connection };
}

async function serversOf(system: SystemAccount): Promise<object> {
  const { running, expectedCount } = await system.servers();
  return { names: running.map(({ name }) => name), expectedCount };
}

async function namesWith(system: SystemAccount, account: string, jwt: string, serverCount: number): Promise<readonly string[]> {
  return (await system.serversWith(account, jwt, serverCount)).map(({ name }) => name);
}

/** Claims of an account that no server knows yet. */
function freshClaims({ identity }: NatsServer, portfolio: string): { readonly account: string; readonly jwt: string } {
  const [claims] = accountClaims(TEST_NAMESPACE, [{ role: 'Exec', portfolio }], identity.keys.operator);
  assert.ok(claims !== undefined);
  return { account: claims.account, jwt: claims.sign(systemClock.nowMs()) };
}

describe('one server', () => {
  let server: NatsServer;
  let opened: Opened;
  before(async () => {
    server = await startNatsServer();
    opened = await open(server);
  });
  after(async () => {
    await opened.connection.close();
    await server.stop();
  });

  test('servers: names the server', async () => {
    assert.deepEqual(await serversOf(opened.system), { names: ['test'], expectedCount: 1 });
  });

  test('serversWith: names no server before the push, the server after it, and no server for other claims of the account', async () => {
    const { system } = opened;
    const { account, jwt } = freshClaims(server, 'fresh');
    assert.deepEqual(await namesWith(system, account, jwt, 1), []);
    await system.push(jwt, 1);
    assert.deepEqual(await namesWith(system, account, jwt, 1), ['test']);
    const closed = closedClaims(account, 'fresh', server.identity.keys.operator, systemClock.nowMs());
    assert.deepEqual(await namesWith(system, account, closed, 1), []);
  });

  test('serversWith: names no server, when the server stored claims that it refuses to load', async () => {
    const { system } = opened;
    const own = makeKeyPair('account', randomBytes(32));
    const nats = { type: 'account', version: 2, limits: { conn: -1, subs: -1, data: -1, payload: -1, imports: -1, exports: -1 } };
    const jwt = signClaims({ sub: own.publicKey, name: 'self-signed', issuedAtS: Math.floor(systemClock.nowMs() / 1_000), nats }, own);
    await system.push(jwt, 1);
    assert.deepEqual(await namesWith(system, own.publicKey, jwt, 1), []);
  });

  test("push: rejects with the server's word, when the text does not hold claims", async () => {
    await assert.rejects(
      opened.system.push('no.claims.here', 1),
      (error) =>
        error instanceof FlotillaError && error.code === 'BUS_REFUSED' && /refused the claims of an account: \S/.test(error.message),
    );
  });

  test('push: closes the live connections of an account and admits none, when its claims are closed', async () => {
    const { system } = opened;
    const { operator } = server.identity.keys;
    const live = await openRawConnection(server, EXEC);
    const closed = live.closed();
    const account = accountOf(operator.accountSecret, accountName(TEST_NAMESPACE, EXEC));
    const jwt = closedClaims(account, accountName(TEST_NAMESPACE, EXEC), operator, systemClock.nowMs());
    await system.push(jwt, 1);
    assert.deepEqual(await namesWith(system, account, jwt, 1), ['test']);
    await closed;
    await assert.rejects(openRawConnection(server, EXEC));
  });
});

describe('three servers', () => {
  let cluster: NatsCluster;
  let opened: Opened;
  const serverOf = (name: string): NatsServer => {
    const found = cluster.servers.get(name);
    assert.ok(found !== undefined);
    return found;
  };
  before(async () => {
    cluster = await startNatsCluster();
    opened = await open(serverOf('n1'));
  });
  after(async () => {
    await opened.connection.close();
    await cluster.stop();
  });

  test('serversWith: names all three, when all have loaded the claims', async () => {
    const { system } = opened;
    assert.deepEqual(await serversOf(system), { names: ['n1', 'n2', 'n3'], expectedCount: 3 });
    const { account, jwt } = freshClaims(serverOf('n1'), 'everywhere');
    await system.push(jwt, 3);
    assert.deepEqual(await namesWith(system, account, jwt, 3), ['n1', 'n2', 'n3']);
  });

  test('storedClaims: gives the claims of every server, and an empty text of each server without any', async () => {
    const { system } = opened;
    const { account, jwt } = freshClaims(serverOf('n1'), 'stored');
    assert.deepEqual(await system.storedClaims(account, 3), ['', '', '']);
    await system.push(jwt, 3);
    assert.deepEqual(await system.storedClaims(account, 3), [jwt, jwt, jwt]);
  });

  test('serversWith: names two of three while one is away, and the third when it is back and has compared its claims', async () => {
    const { system } = opened;
    await serverOf('n3').kill();
    await eventually('two servers answer', async () => (await system.servers()).running.length === 2);
    assert.deepEqual(await serversOf(system), { names: ['n1', 'n2'], expectedCount: 3 });
    const heard = Promise.withResolvers<string>();
    const known = new Set((await system.servers()).running.map(({ id }) => id));
    const stop = system.onServer((id) => !known.has(id) && heard.resolve(id));
    const { account, jwt } = freshClaims(serverOf('n1'), 'late');
    await system.push(jwt, 3);
    assert.deepEqual(await namesWith(system, account, jwt, 3), ['n1', 'n2']);
    await serverOf('n3').restart();
    assert.match(await heard.promise, /^N/, 'the process of the third server is new');
    stop();
    await eventually('the third has the claims', async () => (await system.serversWith(account, jwt, 3)).length === 3, 30_000);
  });
});
