/** Judges a rotation by the state of the servers and the content of the streams. */
import assert from 'node:assert/strict';
import { agentStatusSchema, keys } from '@flotilla/contracts';
import { closedAccountBody } from '@flotilla/contracts/access/account-claims.ts';
import { accountName } from '@flotilla/contracts/access/principal.ts';
import { openBucket } from '@flotilla/runtime';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { issuerOf } from '@flotilla/runtime/identity/bus-keys.ts';
import { readClaims, signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { tokenLogin, userLogin } from '@flotilla/runtime/identity/login.ts';
import { keyPairOfSeed } from '@flotilla/runtime/identity/nkey.ts';
import { accountOf } from '@flotilla/runtime/identity/principal-account.ts';
import { type Installation, publicKeyOf } from '@flotilla/runtime/identity/rotation/rotation-keys.ts';
import { accountsBehind } from '@flotilla/runtime/identity/rotation/server-state.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { openRawLogin } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { historyProblems } from '../fleet/check-history.ts';
import { readHistory, readStored } from '../fleet/read-history.ts';
import type { RotationWorld } from './rotation-world.ts';

const SETTLE_MS_MAX = 120_000;
/** Quotes that were stored between the agent's last report and the look. */
const QUOTES_ON_THE_WAY_MAX = 400;

/** The servers' own state: nothing is signed by a former key, and no connection enters with one. */
export async function assertKeysReplaced(world: RotationWorld, former: Installation): Promise<void> {
  const { serverCount } = world.ports;
  const { operator, server, callout } = world.installation();
  assert.notEqual(operator.claimsSeed, former.operator.claimsSeed);
  assert.equal(publicKeyOf(callout.podSigningSeed), operator.podSigningKey);
  const except = [operator.core, server.systemAccount, callout.admission];
  const wanted = { claimsKey: publicKeyOf(operator.claimsSeed), podSigningKeys: [operator.podSigningKey], except };
  const behind = await world.ports.withServers(operator.systemLogin, async (state) => {
    const accounts = await accountsBehind(state, wanted, serverCount);
    return Promise.all(
      accounts.map(async (account) => ({ account, claims: (await state.storedClaims(account, serverCount)).map(readClaims) })),
    );
  });
  assert.deepEqual(behind, [], 'every account is signed by the new claims key');
  for (const [name, login] of [
    ['core', former.operator.coreLogin],
    ['system', former.operator.systemLogin],
    ['callout', former.callout.login],
  ] as const) {
    await assert.rejects(openRawLogin(world.nats.url, userLogin(login), false), /authorization violation/i, name);
    assert.notEqual(
      issuerOf(login),
      issuerOf(name === 'core' ? operator.coreLogin : name === 'system' ? operator.systemLogin : callout.login),
    );
  }
  await world.ports.withServers(operator.systemLogin, async (state) => {
    const account = accountOf(
      operator.accountSecret,
      accountName('trading', { role: 'SignalAgent', portfolio: 'main', strategy: 'alerts' }),
    );
    const nats = closedAccountBody();
    const forged = signClaims(
      { sub: account, name: 'forged', issuedAtS: Math.floor(Date.now() / 1_000), nats },
      keyPairOfSeed(former.operator.claimsSeed),
    );
    // The server answers "updated" and refuses the claims when it loads them, so its state decides.
    await state.push(forged, serverCount).catch(() => undefined);
    assert.deepEqual(await state.serversWith(account, forged, serverCount), [], 'claims that the former claims key signed');
  });
  const agent = await openRawLogin(world.nats.url, tokenLogin(await world.tokenOf('alerts-agent')), false);
  await agent.close();
}

/** The streams' own content: every webhook became one signal, every intent one order. */
export async function assertNothingLost(world: RotationWorld, nonces: readonly string[]): Promise<void> {
  await world.observe(async (bus) => {
    let problems: readonly string[] = [];
    await eventually(
      'every signal went its whole way',
      async () => {
        problems = await problemsOf(bus, nonces);
        return problems.length === 0;
      },
      SETTLE_MS_MAX,
    ).catch((error: unknown) => {
      throw new Error(`expected every message once, found: ${problems.slice(0, 5).join('; ')}`, { cause: error });
    });
  });
}

async function problemsOf(bus: NatsBus, nonces: readonly string[]): Promise<readonly string[]> {
  const history = await readHistory(bus);
  const { intents, alerts, orderEvents, fills, poisoned } = history;
  const signals = await readStored(bus, 'SIGNALS', 'signals.normalized.*.BTC-USD');
  const report = await openBucket(bus, 'STATUS').get(keys.agentStatus('main', 'alerts'));
  const agent = agentStatusSchema.parse(JSON.parse(Buffer.from(report?.value ?? '{}').toString('utf8')));
  const problems = [
    ...historyProblems(history, nonces),
    ...(agent.lastSequence === signals.at(-1)?.sequence || signals.length - agent.signalsConsumed < QUOTES_ON_THE_WAY_MAX
      ? []
      : [`${signals.length} signals are stored, the agent has taken ${agent.signalsConsumed}`]),
    // A publication that was stored before a server died counts for the stream alone.
    ...(agent.intentsPublished <= intents.length
      ? []
      : [`the agent has published ${agent.intentsPublished} intents, ${intents.length} are stored`]),
    ...(fills.length > 0 ? [] : ['no signal led to a fill']),
    ...(poisoned === 0 ? [] : [`${poisoned} messages lie in POISON`]),
  ];
  if (process.env['FLOTILLA_TEST_LOG'] !== undefined)
    process.stderr.write(
      `${nonces.length} webhooks, ${alerts.length} alerts, ${intents.length} intents, ${orderEvents.length} order events, ${fills.length} fills, ${agent.signalsConsumed}/${signals.length} consumed, ${problems.length} problems: ${problems[0] ?? ''}\n`,
    );
  return problems;
}
