/** The servers under attack in each variant of their accounts, and the connections of those who attack and are attacked. */
import { accountHash, subjectInAccount } from '@flotilla/contracts/access/core-account.ts';
import { accountName } from '@flotilla/contracts/access/principal.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import type { BusLogin } from '@flotilla/runtime/identity/bus-keys.ts';
import { userLogin } from '@flotilla/runtime/identity/login.ts';
import { accountOf } from '@flotilla/runtime/identity/principal-account.ts';
import { TEST_NAMESPACE } from '@flotilla/runtime/testing/bus-identity.ts';
import { startNatsCluster } from '@flotilla/runtime/testing/nats-cluster.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openRawConnection, openRawLogin } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { type Attacker, CAST, type Member } from './cast.ts';
import { flatLogin, renderFlatAccount } from './flat-account.ts';
import { openTenant, type TenantWorld } from './tenant.ts';
import { importLiteral, shareAccount } from './wrong-accounts.ts';

/**
 * `installed`: as in production. `unbound`: the same accounts, and users that may do everything inside their account, so the accounts alone hold.
 * `cluster`: as in production, on three servers. `shared`: two agents in one account. `literal`: an agent that imports a
 * subject without a wildcard. `flat`: everybody in one account. `tenant`: the attacker is a principal of another namespace, with a core account of its own.
 * `joined`: of another namespace, whose principals import from the core account under attack.
 */
export type Variant = 'installed' | 'unbound' | 'cluster' | 'shared' | 'literal' | 'flat' | 'tenant' | 'joined';

export type RawConnection = Awaited<ReturnType<typeof openRawConnection>>;

export interface World {
  /** A connection with every right. */
  readonly bus: NatsBus;
  readonly replicas: number;
  /** The account's part of long acknowledgement subjects. */
  readonly coreHash: string;
  /** The namespace of the attacker, when it is another one. Its principals have no right to the bus under attack. */
  readonly tenant?: TenantWorld | undefined;
  /** The name of a subject of the core account inside an attacker's account. */
  readonly local: typeof subjectInAccount;
  connectAttacker(attacker: Attacker): Promise<RawConnection>;
  /** On another server than the attacker, where there is one. */
  connectVictim(member: Member): Promise<RawConnection>;
  /** The callout, where there is one. */
  connectCallout(): Promise<RawConnection | undefined>;
  stop(): Promise<void>;
}

const FLAT_HASH = accountHash('$G');

export async function startWorld(variant: Variant): Promise<World> {
  if (variant === 'flat') return startFlatWorld();
  const servers = variant === 'cluster' ? [...(await startNatsCluster()).servers.values()] : [await startNatsServer()];
  const [first, second = first, third = first] = servers;
  if (first === undefined || second === undefined || third === undefined) throw new Error('expected a server');
  const changed = await changeAccounts(first, variant);
  const connect = (server: NatsServer, member: Member): Promise<RawConnection> =>
    changed[member] !== undefined
      ? openRawLogin(server.url, userLogin(changed[member]))
      : openRawConnection(server, member === 'operator' ? member : CAST[member]);
  const bus = await openTestBus({ url: first.url });
  const tenant = variant === 'tenant' || variant === 'joined' ? await openTenant(first, variant === 'joined') : undefined;
  return {
    bus,
    tenant,
    replicas: servers.length,
    coreHash: accountHash(first.identity.keys.operator.core),
    local: subjectInAccount,
    connectAttacker: async (attacker) =>
      tenant?.connectAttacker(attacker) ?? (variant === 'unbound' ? connectUnbound(second, attacker) : connect(second, attacker)),
    connectVictim: (member) => connect(third, member),
    connectCallout: () => openRawLogin(third.url, userLogin(third.identity.keys.callout.login)),
    async stop() {
      await Promise.all([bus.close(), tenant?.bus.close()]);
      for (const server of servers) await server.stop();
    },
  };
}

/** Logins of the members whose accounts are wrong on purpose. */
async function changeAccounts(server: NatsServer, variant: Variant): Promise<Readonly<Partial<Record<Member, BusLogin>>>> {
  if (variant === 'shared') return shareAccount(server);
  return variant === 'literal' ? { momentum: await importLiteral(server) } : {};
}

async function startFlatWorld(): Promise<World> {
  const server = await startNatsServer({ accounts: renderFlatAccount(FLAT_HASH) });
  const bus = await openTestBus({ url: server.url });
  const connect = (member: Member): Promise<RawConnection> => openRawLogin(server.url, flatLogin(member));
  return {
    bus,
    replicas: 1,
    coreHash: FLAT_HASH,
    local: (subject) => subject,
    connectAttacker: connect,
    connectVictim: connect,
    connectCallout: () => Promise.resolve(undefined),
    async stop() {
      await bus.close();
      await server.stop();
    },
  };
}

/** A user of the attacker's account that every permission inside the account is given to. */
async function connectUnbound({ url, identity }: NatsServer, attacker: Attacker): Promise<RawConnection> {
  await identity.login(CAST[attacker]);
  const account = accountOf(identity.keys.operator.accountSecret, accountName(TEST_NAMESPACE, CAST[attacker]));
  return openRawLogin(url, userLogin(identity.userOf(account, attacker, { pub: { allow: ['>'] }, sub: { allow: ['>'] } })));
}
