/** The prober on three servers, of which one lets through what the others do not. Real servers; the known-bad claims are loaded on one of them alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountHash } from '@flotilla/contracts/access/core-account.ts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { keyPairOfSeed, makeKeyPair } from '@flotilla/runtime/identity/nkey.ts';
import { accountClaims, accountOf } from '@flotilla/runtime/identity/principal-account.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { FIXED_PRINCIPALS } from '@flotilla/runtime/testing/fixed-principals.ts';
import { startNatsCluster } from '@flotilla/runtime/testing/nats-cluster.ts';
import { startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestSystemAccount } from '@flotilla/runtime/testing/open-system-account.ts';
import { probeCells } from './cells.ts';
import { makeProbeAccount, tryOnEveryServer } from './probe-account.ts';

const AGENT: Principal = { role: 'SignalAgent', portfolio: 'main', strategy: 'a' };
const EVERYBODY: readonly Principal[] = [
  ...FIXED_PRINCIPALS,
  { role: 'Exec', portfolio: 'main' },
  AGENT,
  { role: 'SignalAgent', portfolio: 'main', strategy: 'b' },
];
const FOREIGN = 'push.executions.fill.main.b';

test('makeProbeAccount: tries on each server of a cluster, and hears what it may hear and nothing else', { timeout: 120_000 }, async () => {
  await using started = new AsyncDisposableStack();
  const { servers, makeProber } = await startServers(started);
  for (const principal of EVERYBODY) await servers[0].identity.login(principal);
  const account = makeProber(servers.map(({ url }) => url));
  const { cells, tried, coverage } = await account.probe(AGENT, EVERYBODY);
  assert.deepEqual(coverage, { tried: 3, running: 3 });
  assert.deepEqual(tried.leaks, []);
  assert.deepEqual(cells.hearing.allowed, ['push.executions.order.main.a', 'push.executions.fill.main.a']);
  assert.deepEqual(
    cells.hearing.allowed.filter((subject) => tried.unanswered.includes(subject)),
    [],
  );
  assert.ok(cells.hearing.forbidden.includes(FOREIGN));
});

test('makeProbeAccount: says how many servers it met, when an address leads to one of three', { timeout: 120_000 }, async () => {
  await using started = new AsyncDisposableStack();
  const { servers, makeProber } = await startServers(started);
  const account = makeProber([servers[0].url]);
  assert.deepEqual((await account.probe({ role: 'Gateway' }, [{ role: 'Gateway' }])).coverage, { tried: 1, running: 3 });
});

test('known bad: an import too many on one of three servers is a leak, wherever the account puts it', { timeout: 120_000 }, async () => {
  for (const local of [FOREIGN, 'harmless.name']) {
    // Three servers that share keys and no route, so that each can be given claims of its own.
    await using started = new AsyncDisposableStack();
    const first = await startNatsServer();
    started.defer(() => first.stop());
    const servers = [first];
    for (const name of ['second', 'third']) {
      const server = await startNatsServer({ name, identity: first.identity });
      started.defer(() => server.stop());
      servers.push(server);
    }
    const { operator: identity } = first.identity.keys;
    const signer = makeKeyPair('account', systemRng.bytes(32));
    const account = accountOf(identity.accountSecret, 'trading/known-bad');
    const [claims] = accountClaims('trading', [AGENT], identity);
    assert.ok(claims !== undefined);
    const { default_permissions: _secondWall, ...content } = JSON.parse(claims.content) as { readonly imports: readonly object[] } & Record<
      string,
      unknown
    >;
    const tooMany = { name: 'too many', account: identity.core, subject: FOREIGN, local_subject: local, type: 'stream' };
    const systems = new Map<string, SystemAccount>();
    for (const server of servers) {
      const isBad = server === servers[2];
      const nats = { ...content, imports: isBad ? [...content.imports, tooMany] : content.imports, signing_keys: [signer.publicKey] };
      const issuedAtS = Math.floor(systemClock.nowMs() / 1_000);
      const jwt = signClaims({ sub: account, name: 'known-bad', issuedAtS, nats }, keyPairOfSeed(identity.claimsSeed));
      const opened = openTestSystemAccount(server);
      started.defer(() => opened.close());
      await eventually('the system account connects', () => opened.system.problem() === undefined);
      await opened.system.push(jwt, 1);
      await eventually('the server has loaded the claims', async () => (await opened.system.serversWith(account, jwt, 1)).length === 1);
      systems.set((await opened.system.servers()).running[0]?.id ?? '', opened.system);
    }
    const { hearing } = probeCells(AGENT, EVERYBODY, accountHash(identity.core));
    const cells = { forbidden: [], allowed: [], hearing };
    const options = { identity, urls: servers.map(({ url }) => url), clock: systemClock, rng: systemRng };
    const system = {
      hearersOf: (of: string, subject: string, serverId: string) =>
        systems.get(serverId)?.hearersOf(of, subject, serverId) ?? assert.fail(serverId),
    };
    const found = await tryOnEveryServer({ ...options, system }, { account, signer }, [...systems.keys()], cells);
    assert.deepEqual(found, { tried: { leaks: [FOREIGN], unanswered: [] }, coverage: { tried: 3, running: 3 } });
  }
});

/** A cluster of three servers, and what makes a prober that connects to the given addresses. */
async function startServers(started: AsyncDisposableStack) {
  const cluster = await startNatsCluster();
  started.defer(() => cluster.stop());
  const [first, ...others] = cluster.servers.values();
  assert.ok(first !== undefined);
  const accounts = openTestSystemAccount(first);
  started.defer(() => accounts.close());
  await eventually('the system account connects', () => accounts.system.problem() === undefined);
  const makeProber = (urls: readonly string[]) =>
    makeProbeAccount({
      namespace: 'trading',
      identity: first.identity.keys.operator,
      system: accounts.system,
      urls,
      fence: () => undefined,
      clock: systemClock,
      rng: systemRng,
    });
  return { servers: [first, ...others] as const, makeProber };
}
