/**
 * The account of the probe. For each principal the account gets the principal's claims, with a signing key that this process alone holds and that is
 * worth nothing when the probe is over.
 *
 * The probe goes without the permissions of users, which are the second wall. So the probe tries the first wall alone, and the server's log does not
 * fill with violations.
 */
import { accountHash } from '@flotilla/contracts/access/core-account.ts';
import { accountName, type Principal, principalName, probeAccountName } from '@flotilla/contracts/access/principal.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import { type Connection, openConnection } from '@flotilla/runtime/bus/connection.ts';
import { type OperatorIdentity, userBody } from '@flotilla/runtime/identity/bus-keys.ts';
import { signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { userLogin } from '@flotilla/runtime/identity/login.ts';
import { type KeyPair, keyPairOfSeed, makeKeyPair } from '@flotilla/runtime/identity/nkey.ts';
import { accountClaims, accountOf, closedClaims, makeAccountDirectory } from '@flotilla/runtime/identity/principal-account.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { probeCells } from './cells.ts';
import { type ProbeCells, type Tried, tryCells } from '@flotilla/runtime/identity/try-cells.ts';
import { tryHearing } from '@flotilla/runtime/identity/try-hearing.ts';

const KEY_BYTES = 32;
/** Every denial of a probe would be a line. The loop logs what a probe found. */
const SILENT = makeLogger({ service: 'operator', revision: '', level: 'silent' });
/** The servers of the bus are counted again after this time. */
const COUNT_AGE_MS_MAX = 10_000;
/** With three servers behind one address, this many connections miss one of them in one of fifty probes. */
const CONNECTIONS_PER_SERVER_MAX = 4;
const CONNECT_MS_MAX = 2_000;
const CONNECT_LOOK_MS = 5;

export interface ProbeAccountOptions {
  readonly namespace: string;
  readonly identity: OperatorIdentity;
  readonly system: SystemAccount;
  /** Addresses of the bus. One address may lead to several servers. */
  readonly urls: readonly string[];
  /** Called right before each push; throws when this process must not write. */
  readonly fence: () => void;
  readonly clock: Clock;
  readonly rng: Rng;
}

export interface Probed {
  readonly cells: ProbeCells;
  /** What any server let through, and what any server did not. */
  readonly tried: Tried;
  /** Servers that were tried, and servers that run. */
  readonly coverage: { readonly tried: number; readonly running: number };
}

export interface ProbeAccount {
  /** @throws FlotillaError when the servers do not answer or do not load the claims */
  probe(principal: Principal, everybody: readonly Principal[]): Promise<Probed>;
  /** Closes the account until the next probe. */
  close(): Promise<void>;
}

export function makeProbeAccount(options: ProbeAccountOptions): ProbeAccount {
  const { namespace, identity, system, fence, clock, rng } = options;
  const signer = makeKeyPair('account', rng.bytes(KEY_BYTES));
  // Two operators that overlap must not change each other's claims in the middle of a probe.
  const name = probeAccountName(namespace, signer.publicKey);
  const account = accountOf(identity.accountSecret, name);
  const coreHash = accountHash(identity.core);
  const directory = makeAccountDirectory(identity.accountSecret);
  let counted: { readonly ids: readonly string[]; readonly atMs: number } | undefined;
  const runningServers = async (): Promise<readonly string[]> => {
    if (counted === undefined || clock.monotonicMs() - counted.atMs > COUNT_AGE_MS_MAX)
      counted = { ids: (await system.servers()).running.map(({ id }) => id), atMs: clock.monotonicMs() };
    return counted.ids;
  };
  const push = async (jwt: string): Promise<void> => {
    fence();
    const { length } = await runningServers();
    await system.push(jwt, length);
    if ((await system.serversWith(account, jwt, length)).length < length)
      throw new FlotillaError('BUS_REFUSED', 'expected every server with the claims of the probe, found fewer');
  };
  return {
    async probe(principal, everybody) {
      await push(claimsOfProbe(principal, everybody));
      const cells = probeCells(principal, everybody, coreHash);
      return { cells, ...(await tryOnEveryServer(options, { account, signer }, await runningServers(), cells)) };
    },
    close: () => push(closedClaims(account, name, identity, clock.nowMs())),
  };

  function claimsOfProbe(principal: Principal, everybody: readonly Principal[]): string {
    // Agents answer no requests, so the claims of another principal do not depend on them. A fleet has many.
    const members = everybody.filter((other) => other.role !== 'SignalAgent' || principalName(other) === principalName(principal));
    const claims = accountClaims(namespace, members, identity, directory).find(
      (each) => principalName(each.principal) === principalName(principal),
    );
    const body = JSON.parse(claims?.content ?? '{}') as Readonly<Record<string, unknown>>;
    const { default_permissions: _secondWall, ...firstWall } = body;
    const nats = { ...firstWall, signing_keys: [signer.publicKey] };
    const issuedAtS = Math.floor(clock.nowMs() / 1_000);
    const label = `${name} as ${accountName(namespace, principal)}`;
    return signClaims({ sub: account, name: label, issuedAtS, nats }, keyPairOfSeed(identity.claimsSeed));
  }
}

/**
 * The address of the bus leads to a server that the network picks, so the probe connects again until it has met every server. Exported for the test.
 *
 * @param ids of the servers that run
 * @throws FlotillaError when no server could be tried
 */
export async function tryOnEveryServer(
  options: Pick<ProbeAccountOptions, 'urls' | 'clock' | 'rng'> & {
    readonly identity: Pick<OperatorIdentity, 'core'>;
    readonly system: Pick<SystemAccount, 'hearersOf'>;
  },
  { account, signer }: ProbeUser,
  ids: readonly string[],
  cells: ProbeCells,
): Promise<Omit<Probed, 'cells'>> {
  const { urls, system, identity } = options;
  const [leaks, unanswered, met] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const connectionsMax = ids.length === 1 ? 1 : ids.length * CONNECTIONS_PER_SERVER_MAX;
  for (let count = 0; count < connectionsMax && !ids.every((id) => met.has(id)); count += 1) {
    const connection = await connect(options, urls[count % urls.length] ?? '', account, signer);
    try {
      const id = connection.live().info?.server_id ?? '';
      if (met.has(id)) continue;
      const found = [
        await tryCells(connection, cells),
        // A server that the system account does not know cannot be asked what it routes.
        ids.includes(id) ? await tryHearing(connection, system, { core: identity.core, account }, cells.hearing) : NOTHING_FOUND,
      ];
      for (const each of found) {
        for (const subject of each.leaks) leaks.add(subject);
        for (const subject of each.unanswered) unanswered.add(subject);
      }
      met.add(id);
    } finally {
      await connection.close();
    }
  }
  return { tried: { leaks: [...leaks], unanswered: [...unanswered] }, coverage: { tried: met.size, running: ids.length } };
}

const NOTHING_FOUND: Tried = { leaks: [], unanswered: [] };

interface ProbeUser {
  readonly account: string;
  /** Signs the users of the account. */
  readonly signer: KeyPair;
}

async function connect(
  { clock, rng }: Pick<ProbeAccountOptions, 'clock' | 'rng'>,
  url: string,
  account: string,
  signer: KeyPair,
): Promise<Connection> {
  const user = makeKeyPair('user', rng.bytes(KEY_BYTES));
  const issuedAtS = Math.floor(clock.nowMs() / 1_000);
  const jwt = signClaims({ sub: user.publicKey, name: 'probe', issuedAtS, nats: userBody(account, {}) }, signer);
  const connection = openConnection({ url, name: 'probe', login: userLogin({ jwt, seed: user.seed }), logger: SILENT, clock, rng });
  const deadlineMs = clock.monotonicMs() + CONNECT_MS_MAX;
  while (!connection.connected() && clock.monotonicMs() < deadlineMs) await clock.sleep(CONNECT_LOOK_MS);
  if (connection.connected()) return connection;
  const problem = connection.problem() ?? '';
  await connection.close();
  throw new FlotillaError('BUS_UNAVAILABLE', `the probe could not connect: ${problem}`);
}
