/**
 * Outages of the bus and of the operator, and a stolen user of the system account, on real servers. The operator's loop runs over a list of members
 * that the test changes; what the servers admit and store is the judge.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { STREAMS } from '@flotilla/contracts/bus/streams.ts';
import { accountName, type Principal } from '@flotilla/contracts/access/principal.ts';
import { silentLogger } from '@flotilla/kube/mod.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { readClaims, signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { userLogin } from '@flotilla/runtime/identity/login.ts';
import { keyPairOfSeed, makeKeyPair } from '@flotilla/runtime/identity/nkey.ts';
import { accountClaims, accountOf } from '@flotilla/runtime/identity/principal-account.ts';
import { ensureBucket, ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { enterAccount } from '@flotilla/runtime/testing/enter-account.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { startNatsCluster } from '@flotilla/runtime/testing/nats-cluster.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openRawLogin, type RawConnection } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { openTestSystemAccount } from '@flotilla/runtime/testing/open-system-account.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { makeAccountPusher } from './account-pusher.ts';
import { guardInstallationAccounts } from './installation-accounts.ts';
import { type IdentityLoop, startIdentityLoop } from './identity-loop.ts';
import { openPrincipalRecords } from './principal-records.ts';
import type { Member } from './principals-of.ts';

const NAMESPACE = 'trading';
/** The servers compare their claims with each other at this interval; no test waits for it, so what a test sees is the operator's work. */
const SLOW_RESOLVER = { resolverInterval: '1h' } as const;

const agentOf = (strategy: string): Principal => ({ role: 'SignalAgent', portfolio: 'main', strategy });
const intentOf = (strategy: string): string => `decisions.order_intent.main.${strategy}`;
const [STAYS, LEAVES] = [agentOf('stays'), agentOf('leaves')];
const member = (principal: Principal): Member => ({
  principal,
  serviceAccount: principal.role === 'SignalAgent' ? `${principal.strategy}-agent` : principal.role,
});

interface World extends AsyncDisposable {
  readonly servers: readonly NatsServer[];
  /** With every right, at the first server. */
  readonly admin: NatsBus;
  /** Who may connect, in place of the objects of a cluster. */
  readonly members: Set<Member>;
  readonly loop: () => IdentityLoop;
  /** A new process of the operator, which remembers nothing. */
  startOperator(): void;
  stopOperator(): Promise<void>;
}

async function startWorld(serverCount: 1 | 3): Promise<World> {
  await using started = new AsyncDisposableStack();
  const servers: NatsServer[] = [];
  if (serverCount === 1) {
    const server = await startNatsServer(SLOW_RESOLVER);
    started.defer(() => server.stop());
    servers.push(server);
  } else {
    const cluster = await startNatsCluster(SLOW_RESOLVER);
    started.defer(() => cluster.stop());
    servers.push(...cluster.servers.values());
  }
  const [first] = servers;
  assert.ok(first !== undefined);
  const admin = await openTestBus({ url: first.url });
  started.defer(() => admin.close());
  await ensureBucket(admin, 'PRINCIPALS', { replicas: serverCount });
  await ensureStream(admin, STREAMS.DECISIONS, { replicas: serverCount });
  const accounts = openTestSystemAccount(first);
  started.defer(() => accounts.close());
  await eventually('the system account connects', () => accounts.system.problem() === undefined);
  const members = new Set([STAYS, LEAVES].map(member));
  let loop: IdentityLoop | undefined;
  started.defer(() => loop?.stop());
  const startOperator = (): void => {
    const pusher = makeAccountPusher({
      namespace: NAMESPACE,
      identity: first.identity.keys.operator,
      system: accounts.system,
      records: openPrincipalRecords(admin, NAMESPACE),
      fence: () => undefined,
      clock: systemClock,
      logger: silentLogger,
    });
    loop = startIdentityLoop({
      pusher,
      installation: guardInstallationAccounts({
        system: accounts.system,
        issuer: () => keyPairOfSeed(first.identity.keys.operator.claimsSeed).publicKey,
        fence: () => undefined,
      }),
      tellDrift: () => undefined,
      system: accounts.system,
      members: () => [...members],
      onProven: () => undefined,
      publishTokenKeys: () => Promise.resolve(),
      clock: systemClock,
      rng: systemRng,
      logger: silentLogger,
    });
  };
  startOperator();
  const running = started.move();
  return {
    servers,
    admin,
    members,
    loop: () => loop ?? assert.fail('the operator runs'),
    startOperator,
    stopOperator: async () => loop?.stop(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function admits(server: NatsServer, principal: Principal): Promise<boolean> {
  const connection = await enterAccount(server, principal).catch(() => undefined);
  await connection?.close();
  return connection !== undefined;
}

const everyServerAdmits = (world: World, principal: Principal): Promise<boolean> =>
  eventually('every server admits the principal', async () =>
    (await Promise.all(world.servers.map((server) => admits(server, principal)))).every(Boolean),
  );

/** Removes the principal as the deletion of its object does. */
function revoke({ members, loop }: World, principal: Principal): void {
  for (const each of members) if (each.principal === principal) members.delete(each);
  loop().wake();
}

async function storedOn(world: World, subject: string): Promise<number> {
  const { state } = await world.admin.callApi<{ readonly state: { readonly subjects?: Readonly<Record<string, number>> } }>(
    'STREAM.INFO.DECISIONS',
    { subjects_filter: subject },
  );
  return state.subjects?.[subject] ?? 0;
}

describe('a server of three is away', () => {
  test(
    'during a revocation: the status counts two of three, and the server refuses the revoked when it is back',
    { timeout: 120_000 },
    async () => {
      await using world = await startWorld(3);
      await everyServerAdmits(world, LEAVES);
      await eventually('the claims are proven on three', () => world.loop().serversOf(STAYS) === '3/3');
      const [first, second, away] = world.servers;
      assert.ok(first !== undefined && second !== undefined && away !== undefined);

      await away.kill();
      revoke(world, LEAVES);
      await eventually('two servers refuse', async () => !(await admits(first, LEAVES)) && !(await admits(second, LEAVES)));
      await eventually('the status counts two of three', () => world.loop().serversOf(STAYS) === '2/3', 60_000);
      await eventually('the operator works on with the servers that run', () => world.loop().problem() === undefined);

      await away.restart();
      await eventually('the third refuses', async () => !(await admits(away, LEAVES)) && (await admits(away, STAYS)), 60_000);
      await eventually('the claims are proven on three again', () => world.loop().serversOf(STAYS) === '3/3', 60_000);
    },
  );

  test('and loses its folder of claims: it admits every principal again, and no revoked one', { timeout: 120_000 }, async () => {
    await using world = await startWorld(3);
    await everyServerAdmits(world, LEAVES);
    revoke(world, LEAVES);
    const [, , away] = world.servers;
    assert.ok(away !== undefined);
    await eventually('it is refused', async () => !(await admits(away, LEAVES)));
    await away.kill();
    rmSync(join(away.folder, 'accounts'), { recursive: true });
    await away.restart();
    await eventually('the principal is admitted', () => admits(away, STAYS), 60_000);
    assert.equal(await admits(away, LEAVES), false);
  });
});

describe('the only server', () => {
  test(
    'loses its folder of claims: live and new connections go on, and the operator fills the folder after a restart',
    { timeout: 120_000 },
    async () => {
      await using world = await startWorld(1);
      await everyServerAdmits(world, STAYS);
      const [server] = world.servers;
      assert.ok(server !== undefined);
      const live = await enterAccount(server, STAYS);
      rmSync(join(server.folder, 'accounts'), { recursive: true });
      await live.request(intentOf('stays'), 'live', { timeout: 5_000 });
      assert.equal(await admits(server, STAYS), true, 'the server has the claims in memory');
      revoke(world, LEAVES);
      await eventually('a revocation is in force', async () => !(await admits(server, LEAVES)));
      await live.close();

      await server.restart();
      await everyServerAdmits(world, STAYS);
      assert.equal(await admits(server, LEAVES), false);
    },
  );
});

describe('the operator is away', () => {
  test('principals keep their rights, also on new connections, and a revocation waits until it is back', { timeout: 120_000 }, async () => {
    await using world = await startWorld(1);
    const [server] = world.servers;
    assert.ok(server !== undefined);
    await everyServerAdmits(world, LEAVES);
    await world.stopOperator();
    revoke(world, LEAVES);
    const connection = await enterAccount(server, LEAVES);
    await connection.request(intentOf('leaves'), 'still allowed', { timeout: 5_000 });
    assert.equal(await storedOn(world, intentOf('leaves')), 1);
    const closed = connection.closed();
    world.startOperator();
    await closed;
    assert.equal(await admits(server, LEAVES), false);
    assert.equal(await admits(server, STAYS), true);
  });
});

describe('the user of the system account is stolen', () => {
  const steal = (server: NatsServer): Promise<RawConnection> =>
    openRawLogin(server.url, userLogin(server.identity.keys.operator.systemLogin), false);
  const push = (thief: RawConnection, jwt: string) => thief.request('$SYS.REQ.CLAIMS.UPDATE', jwt, { timeout: 5_000 });
  const lookUp = async (thief: RawConnection, account: string): Promise<string> =>
    (await thief.request(`$SYS.REQ.ACCOUNT.${account}.CLAIMS.LOOKUP`, '', { timeout: 5_000 })).string();

  test('claims that another key signed give no right, and the operator pushes its own again', { timeout: 120_000 }, async () => {
    await using world = await startWorld(1);
    const [server] = world.servers;
    assert.ok(server !== undefined);
    await everyServerAdmits(world, STAYS);
    const thief = await steal(server);
    const { operator } = server.identity.keys;
    const [own] = accountClaims(NAMESPACE, [STAYS], operator);
    assert.ok(own !== undefined);
    const foreign = makeKeyPair('operator', systemRng.bytes(32));
    const nats = JSON.parse(own.content) as Record<string, unknown>;
    const all = { name: 'all', account: operator.core, subject: 'decisions.>', local_subject: 'decisions.>', type: 'service' };
    // The second has the right content and the wrong issuer: a server stores it and then admits no connection.
    for (const content of [{ ...nats, imports: [all] }, nats]) {
      const forged = signClaims(
        { sub: own.account, name: 'forged', issuedAtS: Math.floor(Date.now() / 1_000) + 10, nats: content },
        foreign,
      );
      await push(thief, forged);
      const entered = await enterAccount(server, STAYS).catch(() => undefined);
      entered?.publish(intentOf('leaves'), 'forged');
      await entered?.flush();
      await eventually(
        'the operator has pushed its own claims',
        async () => readClaims(await lookUp(thief, own.account)).issuer !== foreign.publicKey,
      );
      await everyServerAdmits(world, STAYS);
      await entered?.close();
    }
    assert.equal(await storedOn(world, intentOf('leaves')), 0);
    await thief.close();
  });

  test('no account is deleted', { timeout: 120_000 }, async () => {
    await using world = await startWorld(1);
    const [server] = world.servers;
    assert.ok(server !== undefined);
    await everyServerAdmits(world, STAYS);
    const thief = await steal(server);
    const account = accountOf(server.identity.keys.operator.accountSecret, accountName(NAMESPACE, STAYS));
    // Signed by the right key, as if the thief had recorded it: the servers delete no account at all.
    const claimsKey = keyPairOfSeed(server.identity.keys.operator.claimsSeed);
    const issuedAtS = Math.floor(Date.now() / 1_000);
    const nats = { accounts: [account], type: 'generic', version: 2 };
    const deletion = signClaims({ sub: claimsKey.publicKey, name: 'delete', issuedAtS, nats }, claimsKey);
    await thief.request('$SYS.REQ.CLAIMS.DELETE', deletion, { timeout: 5_000 });
    assert.notEqual(await lookUp(thief, account), '');
    assert.equal(await admits(server, STAYS), true);
    await thief.close();
  });

  test(
    'it replaces the claims of the installation itself, and the operator restores them before a server starts again',
    { timeout: 120_000 },
    async () => {
      await using world = await startWorld(1);
      const [server] = world.servers;
      assert.ok(server !== undefined);
      await everyServerAdmits(world, STAYS);
      await eventually('the operator has learned the claims', () => world.loop().problem() === undefined);
      const { keys } = server.identity;
      const thief = await steal(server);
      const foreign = makeKeyPair('operator', systemRng.bytes(32));
      for (const account of [keys.operator.core, keys.server.systemAccount, keys.callout.admission]) {
        const own = await lookUp(thief, account);
        const junk = signClaims(
          { sub: account, name: 'junk', issuedAtS: Math.floor(Date.now() / 1_000) + 10, nats: readClaims(own).nats },
          foreign,
        );
        await push(thief, junk);
        await eventually('the operator has restored the claims', async () => (await lookUp(thief, account)) === own);
      }
      await thief.close();
      await server.restart();
      await everyServerAdmits(world, STAYS);
      for (const login of [keys.operator.coreLogin, keys.operator.systemLogin, keys.callout.login])
        await (await openRawLogin(server.url, userLogin(login), false)).close();
    },
  );

  test('it reads and writes no message, and reads who is connected and how much the streams hold', { timeout: 120_000 }, async () => {
    await using world = await startWorld(1);
    const [server] = world.servers;
    assert.ok(server !== undefined);
    await everyServerAdmits(world, STAYS);
    const agent = await enterAccount(server, STAYS);
    await agent.request(intentOf('stays'), 'secret decision', { timeout: 5_000 });
    const thief = await steal(server);
    const heard: string[] = [];
    thief.subscribe('>', { callback: (_error, message) => void heard.push(message.string()) });
    thief.publish(intentOf('stays'), 'forged');
    thief.publish('$JS.API.STREAM.PURGE.DECISIONS', '');
    thief.publish('$JS.API.STREAM.MSG.GET.DECISIONS', '{"seq":1}');
    await thief.flush();
    await agent.request(intentOf('stays'), 'secret decision 2', { timeout: 5_000 });
    assert.equal(await storedOn(world, intentOf('stays')), 2);
    const connections = await thief.request('$SYS.REQ.SERVER.PING.CONNZ', '{"auth":true}', { timeout: 5_000 });
    const account = accountOf(server.identity.keys.operator.accountSecret, accountName(NAMESPACE, STAYS));
    assert.match(connections.string(), new RegExp(account));
    const streams = await thief.request('$SYS.REQ.SERVER.PING.JSZ', '{"streams":true,"accounts":true}', { timeout: 5_000 });
    assert.match(streams.string(), /"DECISIONS"/);
    assert.ok(heard.length > 0, 'the thief hears events of the server');
    assert.ok(
      heard.every((text) => !text.includes('secret decision')),
      'and no message of an account',
    );
    await thief.close();
    await agent.close();
  });

  test('it replays older claims that were signed before, and the operator pushes its own again', { timeout: 120_000 }, async () => {
    await using world = await startWorld(1);
    const [server] = world.servers;
    assert.ok(server !== undefined);
    await everyServerAdmits(world, LEAVES);
    const thief = await steal(server);
    const account = accountOf(server.identity.keys.operator.accountSecret, accountName(NAMESPACE, LEAVES));
    const old = await lookUp(thief, account);
    revoke(world, LEAVES);
    await eventually('the account is closed', async () => !(await admits(server, LEAVES)));
    await world.stopOperator();
    await push(thief, old);
    assert.equal(await admits(server, LEAVES), true, 'while the operator is away, older claims open the account again');
    const connection = await enterAccount(server, LEAVES);
    const cut = connection.closed();
    world.startOperator();
    await cut;
    await eventually('the operator has proven the accounts', () => world.loop().problem() === undefined);
    assert.notEqual(await lookUp(thief, account), old);
    await push(thief, old);
    await eventually(
      'the operator has closed the account again',
      async () => (await lookUp(thief, account)) !== old && !(await admits(server, LEAVES)),
    );
    await thief.close();
  });

  test('it cuts connections, which are admitted again', { timeout: 120_000 }, async () => {
    await using world = await startWorld(1);
    const [server] = world.servers;
    assert.ok(server !== undefined);
    await everyServerAdmits(world, STAYS);
    const agent = await enterAccount(server, STAYS);
    const closed = agent.closed();
    const thief = await steal(server);
    const answer = await thief.request('$SYS.REQ.SERVER.PING.CONNZ', '{"auth":true}', { timeout: 5_000 });
    const account = accountOf(server.identity.keys.operator.accountSecret, accountName(NAMESPACE, STAYS));
    const { data, server: found } = answer.json<{
      readonly server: { readonly id: string };
      readonly data: { readonly connections: readonly { readonly cid: number; readonly account?: string }[] };
    }>();
    const cid = data.connections.find((connection) => connection.account === account)?.cid;
    await thief.request(`$SYS.REQ.SERVER.${found.id}.KICK`, JSON.stringify({ cid }), { timeout: 5_000 });
    await closed;
    assert.equal(await admits(server, STAYS), true);
    await thief.close();
  });
});
