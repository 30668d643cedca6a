/** Brings the servers of the bus to the accounts that should be, and remembers what they have loaded. */
import type { AdmissionRecord } from '@flotilla/contracts/access/admission-record.ts';
import { accountName, type Principal } from '@flotilla/contracts/access/principal.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import type { OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import { accountClaims, closedClaims, makeAccountDirectory } from '@flotilla/runtime/identity/principal-account.ts';
import { contentOf, type SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { CLOSED, type IdentityPlan, planIdentity } from './plan.ts';
import type { PrincipalRecords } from './principal-records.ts';
import type { Member } from './principals-of.ts';

/** Accounts that are pushed at once. Claims of one account are never pushed twice at a time. */
const PUSHES_AT_ONCE_MAX = 32;

/** Where the claims of an account are in force. */
export interface AccountState {
  readonly loadedOn: number;
  readonly serverCount: number;
  /** Unix time of the last proof. */
  readonly provenAtMs: number;
}

export interface AccountPusherOptions {
  readonly namespace: string;
  readonly identity: OperatorIdentity;
  readonly system: SystemAccount;
  readonly records: PrincipalRecords;
  /** Called right before each write; throws when this process must not write. */
  readonly fence: () => void;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: KernelLogger;
}

export interface AccountPusher {
  /** Pushes what differs and proves that every server has loaded it. @throws FlotillaError when a server or the bucket could not be reached */
  converge(members: readonly Member[]): Promise<void>;
  /** Forgets what was pushed, because the servers may have changed. */
  forget(): void;
  /** Claims that another pushed for an account of ours. True: they differ, so the next `converge` pushes ours again. */
  takeForeignPush(account: string, jwt: string): boolean;
  /** Where the claims of a principal are in force; undefined before this process has proven them. */
  stateOf(principal: Principal): AccountState | undefined;
}

export function makeAccountPusher(options: AccountPusherOptions): AccountPusher {
  return new Pusher(options);
}

class Pusher implements AccountPusher {
  readonly #options: AccountPusherOptions;
  readonly #directory: (name: string) => string;
  /** Content of the claims that every server has loaded, by account. */
  readonly #pushed = new Map<string, string>();
  /** The claims as pushed, by account. */
  readonly #jwts = new Map<string, string>();
  readonly #states = new Map<string, AccountState>();
  #records: Map<string, AdmissionRecord> | undefined;
  #serverCount: number | undefined;

  constructor(options: AccountPusherOptions) {
    this.#options = options;
    this.#directory = makeAccountDirectory(options.identity.accountSecret);
  }

  async converge(members: readonly Member[]): Promise<void> {
    const { namespace, identity, records } = this.#options;
    this.#serverCount ??= await this.#countServers();
    this.#records ??= await records.read();
    const principals = members.map(({ principal }) => principal);
    const claims = accountClaims(namespace, principals, identity, this.#directory);
    const wanted = claims.map((each, index) => ({ claims: each, serviceAccount: members[index]?.serviceAccount ?? '' }));
    const plan = planIdentity(namespace, wanted, { pushed: this.#pushed, records: this.#records });
    const closed = await this.#close(plan.close);
    const opened = await this.#open(plan.push);
    for (const { serviceAccount, record } of plan.write) {
      this.#options.fence();
      await records.write(serviceAccount, record);
      this.#records.set(serviceAccount, record);
    }
    await inBatches([...closed, ...opened], (each) => this.#prove(each));
  }

  forget(): void {
    this.#pushed.clear();
    this.#records = undefined;
    this.#serverCount = undefined;
  }

  takeForeignPush(account: string, jwt: string): boolean {
    const own = this.#jwts.get(account);
    if (own === undefined || contentOf(own) === contentOf(jwt)) return false;
    this.#pushed.delete(account);
    return true;
  }

  stateOf(principal: Principal): AccountState | undefined {
    return this.#states.get(this.#directory(accountName(this.#options.namespace, principal)));
  }

  async #countServers(): Promise<number> {
    const { length } = await this.#options.system.servers();
    if (length === 0) throw new FlotillaError('BUS_UNAVAILABLE', 'expected an answer of the servers of the bus, found none');
    return length;
  }

  async #close(accounts: IdentityPlan['close']): Promise<readonly Pushed[]> {
    const { identity, clock, logger } = this.#options;
    const pushed = accounts.map(({ account, name }) => ({
      account,
      jwt: closedClaims(account, name, identity, clock.nowMs()),
      content: CLOSED,
    }));
    await inBatches(pushed, (each) => this.#push(each));
    for (const { account, name } of accounts)
      logger.info({ account, name }, 'an account of the bus was closed, because its principal is gone');
    return pushed;
  }

  async #open(claims: IdentityPlan['push']): Promise<readonly Pushed[]> {
    const nowMs = this.#options.clock.nowMs();
    const pushed = claims.map((each) => ({ account: each.account, jwt: each.sign(nowMs), content: each.content }));
    const asking = new Set(claims.filter(({ principal }) => principal.role === 'Reader').map(({ account }) => account));
    for (const asks of [false, true]) {
      await inBatches(
        pushed.filter(({ account }) => asking.has(account) === asks),
        (each) => this.#push(each),
      );
    }
    return pushed;
  }

  async #push({ account, jwt }: Pushed): Promise<void> {
    this.#options.fence();
    this.#jwts.set(account, jwt);
    await this.#options.system.push(jwt, this.#serverCount ?? 1);
  }

  /** The answer "updated" proves nothing: a server may refuse the claims when it loads them. */
  async #prove({ account, jwt, content }: Pushed): Promise<void> {
    const { system, clock } = this.#options;
    const serverCount = this.#serverCount ?? 1;
    const loadedOn = (await system.serversWith(account, jwt, serverCount)).length;
    this.#states.set(account, { loadedOn, serverCount, provenAtMs: clock.nowMs() });
    // Claims of another that came in between are pushed over by the next round.
    if (this.#jwts.get(account) !== jwt) return;
    if (loadedOn < serverCount)
      throw new FlotillaError('BUS_REFUSED', `expected ${serverCount} servers with the claims of ${account}, found ${loadedOn}`);
    this.#pushed.set(account, content);
  }
}

interface Pushed {
  readonly account: string;
  readonly jwt: string;
  readonly content: string;
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let index = 0; index < items.length; index += PUSHES_AT_ONCE_MAX) {
    await Promise.all(items.slice(index, index + PUSHES_AT_ONCE_MAX).map(work));
  }
}
