/** A bus with the accounts of many agents, as an installation has it: a real nats-server, the operator's pusher of accounts, and the streams. */
import { accountName, type Principal, principalName } from '@flotilla/contracts/access/principal.ts';
import { ACCOUNT_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { STREAMS } from '@flotilla/contracts/bus/streams.ts';
import { type AccountPusher, makeAccountPusher } from '@flotilla/operator/identity/account-pusher.ts';
import { openPrincipalRecords } from '@flotilla/operator/identity/principal-records.ts';
import type { Member } from '@flotilla/operator/identity/principals-of.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { type BusLogin, userBody } from '@flotilla/runtime/identity/bus-keys.ts';
import { signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { type Login, userLogin } from '@flotilla/runtime/identity/login.ts';
import { keyPairOfSeed, makeKeyPair } from '@flotilla/runtime/identity/nkey.ts';
import { accountOf } from '@flotilla/runtime/identity/principal-account.ts';
import { ensureBucket, ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestSystemAccount } from '@flotilla/runtime/testing/open-system-account.ts';
import { openTestBus, testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';

export const NAMESPACE = 'trading';
const PORTFOLIO = 'main';

export interface Installation {
  readonly server: NatsServer;
  /** Every right in the core account. */
  readonly admin: NatsBus;
  readonly pusher: AccountPusher;
  /** When the servers answered the last push of claims, by `performance.now()`. */
  lastPushAtMs(): number;
  /** A user of a principal, signed as the callout signs it. */
  login(principal: Principal): BusLogin;
  /** A connection through the runtime's adapter. */
  open(principal: Principal): Promise<NatsBus>;
  stop(): Promise<void>;
}

export async function startInstallation({ callout = false } = {}): Promise<Installation> {
  const server = await startNatsServer({ callout });
  const { keys, adminLogin } = server.identity;
  const admin = await openTestBus({ url: server.url, login: adminLogin });
  for (const definition of Object.values(STREAMS)) await ensureStream(admin, definition, { replicas: 1 });
  await ensureBucket(admin, 'PRINCIPALS', { replicas: 1 });
  const accounts = openTestSystemAccount(server);
  await eventually('the system account connects', () => accounts.system.problem() === undefined);
  let lastPushAtMs = Number.NaN;
  const pusher = makeAccountPusher({
    namespace: NAMESPACE,
    identity: keys.operator,
    system: {
      ...accounts.system,
      async push(jwt, serverCount) {
        await accounts.system.push(jwt, serverCount);
        lastPushAtMs = performance.now();
      },
    },
    records: openPrincipalRecords(admin, NAMESPACE),
    fence: () => undefined,
    clock: systemClock,
    logger: testLogger(),
  });
  const podKey = keyPairOfSeed(keys.callout.podSigningSeed);
  const login = (principal: Principal): BusLogin => {
    const user = makeKeyPair('user', systemRng.bytes(32));
    const account = accountOf(keys.operator.accountSecret, accountName(NAMESPACE, principal));
    const issuedAtS = Math.floor(systemClock.nowMs() / 1_000);
    return {
      jwt: signClaims({ sub: user.publicKey, name: principalName(principal), issuedAtS, nats: userBody(account, {}) }, podKey),
      seed: user.seed,
    };
  };
  return {
    server,
    admin,
    pusher,
    lastPushAtMs: () => lastPushAtMs,
    login,
    open: (principal) => openAs(server.url, userLogin(login(principal))),
    async stop() {
      await accounts.close();
      await admin.close();
      await server.stop();
    },
  };
}

/** A connection of a principal through the runtime's adapter. */
export function openAs(url: string, login: Login): Promise<NatsBus> {
  return openTestBus({ url, login, apiPrefix: ACCOUNT_API_PREFIX });
}

export function agentMember(strategy: string): Member {
  return { principal: { role: 'SignalAgent', portfolio: PORTFOLIO, strategy }, serviceAccount: `${strategy}-agent` };
}

/** Subject of an agent's proposals. */
export function proposalOf(strategy: string): string {
  return `decisions.proposal.${PORTFOLIO}.${strategy}`;
}
