/**
 * The account of the probe. For each principal the account gets the principal's claims, with a signing key that this process alone holds and that is
 * worth nothing when the probe is over.
 *
 * The probe goes without the permissions of users, which are the second wall. So the probe tries the first wall alone, and the server's log does not
 * fill with violations.
 */
import { accountHash } from '@flotilla/contracts/access/core-account.ts';
import { accountName, type Principal, principalName } from '@flotilla/contracts/access/principal.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import { type Connection, openConnection } from '@flotilla/runtime/bus/connection.ts';
import { type OperatorIdentity, userBody } from '@flotilla/runtime/identity/bus-keys.ts';
import { signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { userLogin } from '@flotilla/runtime/identity/login.ts';
import { keyPairOfSeed, makeKeyPair } from '@flotilla/runtime/identity/nkey.ts';
import { accountClaims, accountOf, closedClaims } from '@flotilla/runtime/identity/principal-account.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { probeCells } from './cells.ts';
import { type ProbeCells, type Tried, tryCells } from '@flotilla/runtime/identity/try-cells.ts';

const KEY_BYTES = 32;
/** Every denial of a probe would be a line. The loop logs what a probe found. */
const SILENT = makeLogger({ service: 'operator', revision: '', level: 'silent' });
/** The servers of the bus are counted again after this time. */
const COUNT_AGE_MS_MAX = 10_000;
const CONNECT_MS_MAX = 2_000;
const CONNECT_LOOK_MS = 5;

export interface ProbeAccountOptions {
  readonly namespace: string;
  readonly identity: OperatorIdentity;
  readonly system: SystemAccount;
  /** Address of the bus. */
  readonly url: string;
  /** Called right before each push; throws when this process must not write. */
  readonly fence: () => void;
  readonly clock: Clock;
  readonly rng: Rng;
}

export interface Probed {
  readonly cells: ProbeCells;
  readonly tried: Tried;
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
  const name = `${namespace}/probe ${signer.publicKey}`;
  const account = accountOf(identity.accountSecret, name);
  const coreHash = accountHash(identity.core);
  let counted: { readonly servers: number; readonly atMs: number } | undefined;
  const countServers = async (): Promise<number> => {
    if (counted === undefined || clock.monotonicMs() - counted.atMs > COUNT_AGE_MS_MAX)
      counted = { servers: (await system.servers()).length, atMs: clock.monotonicMs() };
    return counted.servers;
  };
  const push = async (jwt: string): Promise<void> => {
    fence();
    const length = await countServers();
    await system.push(jwt, length);
    if ((await system.serversWith(account, jwt, length)).length < length)
      throw new FlotillaError('BUS_REFUSED', 'expected every server with the claims of the probe, found fewer');
  };
  return {
    async probe(principal, everybody) {
      await push(claimsOfProbe(principal, everybody));
      const connection = await connect(options, account, signer);
      try {
        const cells = probeCells(principal, everybody, coreHash);
        return { cells, tried: await tryCells(connection, cells) };
      } finally {
        await connection.close();
      }
    },
    close: () => push(closedClaims(account, name, identity, clock.nowMs())),
  };

  function claimsOfProbe(principal: Principal, everybody: readonly Principal[]): string {
    const claims = accountClaims(namespace, everybody, identity).find((each) => principalName(each.principal) === principalName(principal));
    const body = JSON.parse(claims?.content ?? '{}') as Readonly<Record<string, unknown>>;
    const { default_permissions: _secondWall, ...firstWall } = body;
    const nats = { ...firstWall, signing_keys: [signer.publicKey] };
    const issuedAtS = Math.floor(clock.nowMs() / 1_000);
    const label = `${name} as ${accountName(namespace, principal)}`;
    return signClaims({ sub: account, name: label, issuedAtS, nats }, keyPairOfSeed(identity.claimsSeed));
  }
}

async function connect(
  { url, clock, rng }: ProbeAccountOptions,
  account: string,
  signer: ReturnType<typeof makeKeyPair>,
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
