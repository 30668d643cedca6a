/**
 * Replaces every key below the root key while the fleet trades. Each step ends when the servers of the bus prove it, so nothing that is still in use is
 * dropped. A rotation that broke off goes on from the Secrets.
 */
import type { Rng } from '@flotilla/contracts/ports.ts';
import { type BusLogin, type ServerIdentity, userOf } from '../bus-keys.ts';
import { keyPairOfSeed } from '../nkey.ts';
import {
  calloutSwitched,
  formerDropped,
  isSameSet,
  type Installation,
  operatorSwitched,
  publicKeyOf,
  resigned,
  serverOfBoth,
  serverOfPresent,
  stageKeys,
  stageOf,
  trustedKeysOf,
} from './rotation-keys.ts';
import { accountsBehind, connectedUsers, type ServerState, serversWithOtherTrust } from './server-state.ts';

export interface RotationPorts {
  /** The Secrets as they are now. */
  read(): Promise<Installation>;
  /** Replaces the content of one Secret. */
  write<Part extends keyof Installation>(part: Part, content: Installation[Part]): Promise<void>;
  /** Seed of the root key. */
  rootSeed(): Promise<string>;
  /** Asks the servers by the login of the system account. */
  withServers<T>(login: BusLogin, use: (state: ServerState) => Promise<T>): Promise<T>;
  readonly serverCount: number;
  /** Lets every server of the bus start anew, one after the other. */
  restartServers(): Promise<void>;
  /** By `waitForServers`. */
  waitFor(what: string, missing: () => Promise<string | undefined>): Promise<void>;
  say(line: string): void;
  nowMs(): number;
  readonly rng: Pick<Rng, 'bytes'>;
}

/** @returns whether new keys were made; false when this run has finished a rotation that had broken off */
export async function rotateKeys(ports: RotationPorts): Promise<boolean> {
  let made = false;
  for (;;) {
    const installation = await ports.read();
    switch (stageOf(installation)) {
      case 'Steady': {
        const isFinished = await isTrustedAlone(installation, ports);
        if (isFinished && made) return true;
        if (!isFinished) {
          await finish(installation, ports);
          return made;
        }
        await stage(installation, ports);
        made = true;
        break;
      }
      case 'StagedInPart':
        await stage(installation, ports);
        made = true;
        break;
      case 'Staged':
        made = true;
        await switchOperator(installation, ports);
        break;
      case 'OperatorSwitched':
        await switchCallout(installation, ports);
        break;
      case 'CalloutSwitched':
        await dropFormer(installation, ports);
        break;
      default:
        await trustPresentAlone(installation, ports);
        await finish(await ports.read(), ports);
        return true;
    }
  }
}

/** The callout's part comes first: without the operator's part a later run makes both anew, and nothing has used them. */
async function stage(installation: Installation, ports: RotationPorts): Promise<void> {
  const staged = stageKeys(installation, ports.rng, ports.nowMs());
  // A wrong root key must end the rotation before anything is written.
  serverOfBoth(staged, keyPairOfSeed(await ports.rootSeed()), ports.rng, ports.nowMs());
  await ports.write('callout', staged.callout);
  await ports.write('operator', staged.operator);
  ports.say('the next keys are made; nothing uses them yet');
}

async function switchOperator(installation: Installation, ports: RotationPorts): Promise<void> {
  const { operator } = installation;
  const both = [operator.claimsSeed, operator.next?.claimsSeed ?? ''].map(publicKeyOf);
  let { server } = installation;
  if (!isSameSet(trustedKeysOf(server.operatorJwt), both)) {
    server = serverOfBoth(installation, keyPairOfSeed(await ports.rootSeed()), ports.rng, ports.nowMs());
    await ports.write('server', server);
  }
  await pushBase(server.preload, operator.systemLogin, ports);
  await ensureTrust(both, operator.systemLogin, ports);
  ports.say('every server trusts the former and the next claims key');
  const switched = operatorSwitched(installation);
  await pushBase(resigned(server.preload, switched.claimsSeed, ports.nowMs()), operator.systemLogin, ports);
  await ports.write('operator', switched);
}

/** The operator has to be done first: accounts admit the users of the next pod signing key only after the operator has pushed them. */
async function switchCallout(installation: Installation, ports: RotationPorts): Promise<void> {
  const { operator, server, callout } = installation;
  // Also after a rotation that broke off between the two writes of the step before.
  await pushBase(resigned(server.preload, operator.claimsSeed, ports.nowMs()), operator.systemLogin, ports);
  await waitForOperator(installation, ports);
  ports.say('the operator has signed every account with the next claims key');
  const next = callout.next?.login;
  await ports.write('callout', calloutSwitched(installation));
  await ports.waitFor('the callout connects with its next login', () =>
    ports.withServers(operator.systemLogin, async (state) => {
      const users = await connectedUsers(state, callout.admission, ports.serverCount);
      if (users.has(userOf(callout.login)))
        return 'a replica of the callout uses its former login; the kubelet hands out a changed Secret within about 90 s';
      return next !== undefined && users.has(userOf(next)) ? undefined : 'no replica of the callout is connected with its next login';
    }),
  );
  ports.say('the callout admits pods with the next pod signing key');
}

async function dropFormer(installation: Installation, ports: RotationPorts): Promise<void> {
  const { operator, callout } = installation;
  // After a rotation that broke off: the callout may still sign with the former key.
  await ports.waitFor('the callout connects with its login', () =>
    ports.withServers(operator.systemLogin, async (state) => {
      const users = await connectedUsers(state, callout.admission, ports.serverCount);
      const others = [...users].filter((user) => user !== userOf(callout.login));
      return users.has(userOf(callout.login)) && others.length === 0 ? undefined : 'a replica of the callout uses its former login';
    }),
  );
  await ports.write('operator', formerDropped(installation));
}

async function trustPresentAlone(installation: Installation, ports: RotationPorts): Promise<void> {
  await waitForOperator(installation, ports);
  ports.say('accounts admit the users of the next pod signing key alone');
  const server = serverOfPresent(installation, keyPairOfSeed(await ports.rootSeed()), ports.nowMs());
  await pushBase(server.preload, installation.operator.systemLogin, ports);
  await ports.write('server', server);
}

/** The servers forget the former claims key when they start anew. */
async function finish({ operator, server }: Installation, ports: RotationPorts): Promise<void> {
  await pushBase(resigned(server.preload, operator.claimsSeed, ports.nowMs()), operator.systemLogin, ports);
  await ensureTrust([publicKeyOf(operator.claimsSeed)], operator.systemLogin, ports);
  ports.say('every server trusts the new claims key alone');
}

async function isTrustedAlone({ operator }: Installation, ports: RotationPorts): Promise<boolean> {
  return (await otherTrust([publicKeyOf(operator.claimsSeed)], operator.systemLogin, ports)).length === 0;
}

/** Names of the servers that trust other claims keys. Waits until every server answers. */
async function otherTrust(claimsKeys: readonly string[], login: BusLogin, ports: RotationPorts): Promise<readonly string[]> {
  let found: readonly string[] = [];
  await ports.waitFor('every server answers', async () => {
    found = await ports.withServers(login, (state) => serversWithOtherTrust(state, claimsKeys, ports.serverCount));
    return undefined;
  });
  return found;
}

async function pushBase(preload: ServerIdentity['preload'], login: BusLogin, ports: RotationPorts): Promise<void> {
  await ports.waitFor('every server loads the claims of its own accounts', () =>
    ports.withServers(login, async (state) => {
      for (const [account, jwt] of Object.entries(preload)) {
        await state.push(jwt, ports.serverCount);
        const loaded = await state.serversWith(account, jwt, ports.serverCount);
        if (loaded.length < ports.serverCount) return `${account} is loaded by ${loaded.length} of ${ports.serverCount} servers`;
      }
      return undefined;
    }),
  );
}

/** A server reads the claims of its installation at its start alone. */
async function ensureTrust(claimsKeys: readonly string[], login: BusLogin, ports: RotationPorts): Promise<void> {
  if ((await otherTrust(claimsKeys, login, ports)).length === 0) return;
  ports.say('the servers of the bus start anew, one after the other, to read the changed Secret');
  await ports.restartServers();
  await ports.waitFor('every server trusts the claims keys of its Secret', async () => {
    const found = await otherTrust(claimsKeys, login, ports);
    return found.length === 0 ? undefined : `${found.join(', ')} started with the former content of flotilla-bus-server`;
  });
}

async function waitForOperator({ operator, server, callout }: Installation, ports: RotationPorts): Promise<void> {
  const wanted = {
    claimsKey: publicKeyOf(operator.claimsSeed),
    podSigningKeys: [operator.podSigningKey, ...(operator.formerPodSigningKeys ?? [])],
    except: [operator.core, server.systemAccount, callout.admission],
  };
  await ports.waitFor('the operator signs every account with its present keys', () =>
    ports.withServers(operator.systemLogin, async (state) => {
      const behind = await accountsBehind(state, wanted, ports.serverCount);
      if (behind.length > 0)
        return `${behind.length} accounts have other claims; the kubelet hands a changed Secret to the operator within about 90 s`;
      const users = await connectedUsers(state, operator.core, ports.serverCount);
      const isPresent = [...users].every((user) => user === userOf(operator.coreLogin));
      return users.size > 0 && isPresent ? undefined : 'a replica of the operator uses its former login';
    }),
  );
}
