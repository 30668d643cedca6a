/** The users of a real Redis follow the operator, and changes by hand are put back and told. The list of users of the server is the judge. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GATEWAY_STORE_SECRET } from '@flotilla/contracts/access/credential-secrets.ts';
import { gatewayStoreUser, STORE_OPERATOR_USER, STORE_START_USERS } from '@flotilla/contracts/access/store-users.ts';
import { KUBERNETES_TYPES, type KubeObject } from '@flotilla/kube/mod.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';
import { type RedisServer, startRedis } from '@flotilla/runtime/testing/redis.ts';
import { renderStoreUsers } from '@flotilla/runtime/testing/store-users.ts';
import { openRedisClient, type RedisClient } from '@flotilla/runtime/testing/redis-client.ts';
import { openStoreAdmin } from '@flotilla/runtime/redis-store-admin.ts';
import type { StoreAdmin } from '@flotilla/runtime/store-admin.ts';
import type { StoreLogin } from '@flotilla/runtime/store-login.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { startStore } from './start-store.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';
import { storeCells } from '../prober/store-cells.ts';

/** The bound of the promise; the operator looks every 20 s. */
const REPAIR_MS_MAX = 30_000;
/** Denials are told in turns. */
const TELL_MS_MAX = 10_000;
const GATEWAY = gatewayStoreUser('trading', 1).name;
/** A person with every right, as a thief of the operator's password would be. */
const ADMIN = { name: 'admin', rules: ['~*', '&*', '+@all'] };

let redis: RedisServer;
let admin: StoreAdmin;
let fixture: OperatorFixture;

before(async () => {
  redis = await startRedis({ configText: renderStoreUsers([...STORE_START_USERS]) });
  admin = await openStoreAdmin({ url: redis.url, user: STORE_OPERATOR_USER, password: STORE_OPERATOR_USER, logger: testLogger() });
  fixture = await startOperatorFixture({ store: { admin, password: STORE_OPERATOR_USER, epoch: 1 } });
  await eventually('the Secret of the gateway', () => login());
});
after(async () => {
  await fixture.stop();
  admin.close();
  await redis.stop();
});

test('what the store denied is in the audit log, each once, without what the client wrote', async () => {
  const secret = 'hunter2-is-a-secret';
  await as(await login(), async (run) => {
    for (const command of [
      ['GET', `nonce:other:${secret}`],
      ['CONFIG', 'GET', secret],
      ['CONFIG', 'GET', secret],
    ])
      await assert.rejects(run(...command), /NOPERM/);
  });
  await assert.rejects(openRedisClient(redis.url, { user: secret, password: secret }), /WRONGPASS/);
  const key = await deniedOf(GATEWAY, 'key nonce:other:…');
  const config = await deniedOf(GATEWAY, 'command config|get');
  const auth = await deniedOf('no such user', 'auth');
  assert.deepEqual([key['count'], config['count'], auth['from']], ['1', '2', '127.0.0.1']);
  // The list is emptied, which destroys no evidence that was told, and what comes afterwards is told too.
  await asOperator('ACL', 'LOG', 'RESET');
  await as(await login(), (run) => assert.rejects(run('FLUSHDB'), /NOPERM/));
  await deniedOf(GATEWAY, 'command flushdb');
  await redis.kill();
  await redis.restart();
  await eventually('the users are there', async () => (await usersOf()).includes(GATEWAY), REPAIR_MS_MAX);
  await as(await login(), (run) => assert.rejects(run('SCRIPT', 'FLUSH'), /NOPERM/));
  await deniedOf(GATEWAY, 'command script|flush');
  const told = (await auditEvents()).filter(({ action }) => action === 'STORE_DENIED').map(({ details }) => details);
  const kinds = told.map(({ user, denied }) => `${user} ${denied}`);
  assert.deepEqual(kinds.length, new Set(kinds).size, 'each once');
  assert.ok(!JSON.stringify(told).includes('hunter2'));
});

test('the store has the users that the operator knows and no other, so no agent has one', async () => {
  assert.deepEqual((await usersOf()).toSorted(), ['default', GATEWAY, 'health', 'operator']);
});

test('the login of the Secret reaches the keys of its namespace and no other', async () => {
  await as(await login(), async (run) => {
    assert.equal(await run('SET', 'nonce:trading:a:1', '1'), 'OK');
    for (const key of ['nonce:other:a:1', 'nonce:a:1', 'checkpoint:a']) await assert.rejects(run('SET', key, '1'), /NOPERM/);
    for (const command of [['KEYS', '*'], ['FLUSHALL'], ['ACL', 'LIST'], ['EVAL', 'return 1', '0']])
      await assert.rejects(run(...command), /NOPERM/);
  });
});

test('what the store says of a cell is what the server does when the cell is tried', async () => {
  const { forbidden, allowed } = storeCells('trading', ['other']);
  await as(await login(), async (run) => {
    for (const command of forbidden) {
      assert.equal(await admin.wouldAllow(GATEWAY, command), false, command.join(' '));
      await assert.rejects(run(...command), /NOPERM/, command.join(' '));
    }
    for (const command of allowed) {
      assert.equal(await admin.wouldAllow(GATEWAY, command), true, command.join(' '));
      await run(...command);
    }
  });
});

test('changes by hand: users, rules and passwords are put back and told without a secret, and foreign connections are closed', async () => {
  const before = await linesOf();
  await asOperator('ACL', 'SETUSER', ADMIN.name, 'on', '>admin', ...ADMIN.rules);
  await as({ user: ADMIN.name, password: 'admin' }, async (run) => {
    await run('ACL', 'SETUSER', GATEWAY, '>stolen', '~*', '+@all', '(+flushall ~x)');
    await run('ACL', 'SETUSER', 'default', 'on', 'nopass', '~*', '+@all');
    await run('ACL', 'SETUSER', 'health', '+keys', '~*');
    await run('ACL', 'SETUSER', 'operator', '+set', '~nonce:*');
    assert.notDeepEqual(await linesOf(), before);
    // A thief who is connected loses the connection too.
    const thief = await openRedisClient(redis.url, { user: GATEWAY, password: 'stolen' });
    await eventually('the connection of the thief is closed', () => !thief.isOpen(), REPAIR_MS_MAX);
  });
  await eventually('the users are as before', async () => isSame(await linesOf(), before), REPAIR_MS_MAX);
  for (const [name, found] of [
    [ADMIN.name, '~* &* +@all'],
    [GATEWAY, '<another password>'],
    ['default', 'on nopass'],
    ['operator', '+set'],
    ['health', '+keys'],
  ] as const) {
    const details = await toldOf('DRIFT_REPAIRED', name, found);
    assert.doesNotMatch(JSON.stringify(details), /[0-9a-f]{64}/);
  }
  // The operator does not know the password of `health`, so it cannot tell which of two is the right one.
  await asOperator('ACL', 'SETUSER', 'health', '>stolen');
  await toldOf('DRIFT_LASTS', 'health', '<another password> <another password>');
});

test('a user that is deleted, and a store that restarts without its users: the operator sets them again', async () => {
  await asOperator('ACL', 'DELUSER', GATEWAY);
  await eventually('the user is there', async () => (await usersOf()).includes(GATEWAY), REPAIR_MS_MAX);
  await toldOf('DRIFT_REPAIRED', GATEWAY, 'no such user');
  await redis.kill();
  await redis.restart();
  await eventually('the users are there', async () => (await usersOf()).includes(GATEWAY), REPAIR_MS_MAX);
  await as(await login(), async (run) => assert.equal(await run('GET', 'nonce:trading:a:1'), '1'));
});

test('a namespace that takes no login keeps neither the others from theirs, nor denials from being told', async () => {
  const alone = await startRedis({ configText: renderStoreUsers([...STORE_START_USERS]) });
  const store = await openStoreAdmin({ url: alone.url, user: STORE_OPERATOR_USER, password: STORE_OPERATOR_USER, logger: testLogger() });
  const [told, counts]: [string[], string[]] = [[], []];
  const loop = startStore({
    admin: store,
    password: STORE_OPERATOR_USER,
    epoch: 1,
    // The API server refuses a Secret in a namespace that does not exist.
    namespaces: () => ['absent', 'trading'],
    fence: () => undefined,
    cluster: fixture.cluster,
    accesses: { take: ({ action }) => void told.push(action) },
    tellDrift: () => undefined,
    tellLeak: () => Promise.resolve(),
    noteLeaks: () => undefined,
    count: (outcome) => void counts.push(outcome),
    clock: systemClock,
    rng: systemRng,
    logger: testLogger(),
  });
  try {
    await eventually('the users are probed', () => counts.length > 0);
    const client = await openRedisClient(alone.url, await login());
    await assert.rejects(client.run('FLUSHALL'), /NOPERM/);
    client.close();
    loop.wake('the test');
    await eventually('the denial is told', () => told.length > 0);
  } finally {
    await loop.stop();
    store.close();
    await alone.stop();
  }
});

test('a Secret that somebody changed has the login of the gateway again', async () => {
  const address = { namespace: 'trading', name: GATEWAY_STORE_SECRET };
  const before = await login();
  await fixture.cluster.patch(KUBERNETES_TYPES.secret, address, { data: { password: Buffer.from('other').toString('base64') } });
  await eventually('the login is as before', async () => isSame(await login(), before), REPAIR_MS_MAX);
});

async function login(): Promise<StoreLogin> {
  const secret = await fixture.find<KubeObject & { readonly data: Record<string, string> }>(KUBERNETES_TYPES.secret, GATEWAY_STORE_SECRET);
  if (secret === undefined) throw new Error('no Secret');
  const text = (key: string): string => Buffer.from(secret.data[key] ?? '', 'base64').toString();
  return { user: text('user'), password: text('password') };
}

async function as<T>(user: StoreLogin, work: (run: RedisClient['run']) => Promise<T>): Promise<T> {
  const client = await openRedisClient(redis.url, user);
  try {
    return await work((...command) => client.run(...command));
  } finally {
    client.close();
  }
}

function asOperator(...command: readonly string[]): Promise<unknown> {
  return as({ user: STORE_OPERATOR_USER, password: STORE_OPERATOR_USER }, (run) => run(...command));
}

/** Empty while the store is away. The store writes the rules of a user in the order in which they were set, so each line is sorted. */
async function linesOf(): Promise<readonly string[]> {
  const lines = await admin.users().catch(() => []);
  return lines.map((line) =>
    [
      'user',
      line.split(' ')[1],
      ...line
        .split(' ')
        .slice(2)
        .filter((token) => token !== 'sanitize-payload')
        .toSorted(),
    ].join(' '),
  );
}

async function usersOf(): Promise<readonly string[]> {
  return (await linesOf()).map((line) => line.split(' ')[1] ?? '');
}

function toldOf(action: string, name: string, text: string): Promise<Readonly<Record<string, string>>> {
  const look = async () =>
    (await auditEvents()).find(
      (event) => event.action === action && event.details['name'] === name && event.details['found']?.includes(text),
    )?.details;
  return eventually(`${action} ${name} ${text}`, look, REPAIR_MS_MAX);
}

/** The audit event of what the store denied. */
function deniedOf(user: string, denied: string): Promise<Readonly<Record<string, string>>> {
  const look = async () =>
    (await auditEvents()).find(
      ({ action, details }) => action === 'STORE_DENIED' && details['user'] === user && details['denied']?.startsWith(denied),
    )?.details;
  return eventually(`STORE_DENIED ${user} ${denied}`, look, REPAIR_MS_MAX + TELL_MS_MAX);
}

interface AuditEntry {
  readonly action: string;
  readonly details: Readonly<Record<string, string>>;
}

async function auditEvents(): Promise<readonly AuditEntry[]> {
  const events: AuditEntry[] = [];
  for await (const { payload } of fixture.bus.read('AUDIT', { subject: 'audit.event.*', fromSequence: 1 }))
    events.push(JSON.parse(Buffer.from(payload).toString('utf8')) as AuditEntry);
  return events;
}

function isSame(left: unknown, right: unknown): boolean {
  try {
    assert.deepEqual(left, right);
    return true;
  } catch {
    return false;
  }
}
