/** Brings the servers of the bus to the accounts that should be, and remembers what they have loaded. */
import type { AdmissionRecord } from '@flotilla/contracts/access/admission-record.ts';
import { accountName, asksOthers, type Principal } from '@flotilla/contracts/access/principal.ts';
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import type { OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import { accountClaims, closedClaims, makeAccountDirectory } from '@flotilla/runtime/identity/principal-account.ts';
import { type BusServers, isSameContent, type SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { CLOSED, type IdentityPlan, planIdentity } from './plan.ts';
import type { PrincipalRecords } from './principal-records.ts';
import { entryOf, type Member } from './principals-of.ts';

/** Accounts that are pushed, recorded or proven at once. Claims of one account are never pushed twice at a time. */
const AT_ONCE_MAX = 32;

/** Where the claims of an account are in force. */
export interface AccountState {
  /** Servers that run and have loaded the claims. */
  readonly loadedOn: number;
  /** Servers of the bus, those that are away included. */
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
  /** Pushes what differs and proves that every server that runs has loaded it. @throws FlotillaError when a server or the bucket could not be reached */
  converge(members: readonly Member[]): Promise<void>;
  /** Forgets what was pushed, because the servers may have changed. */
  forget(): void;
  /** Looks which servers run. Forgets what was pushed when one runs that was away or has started again. @throws FlotillaError of the bus */
  countServers(): Promise<void>;
  /** A server with this id runs. True: it was away or has started again, so the next `converge` pushes everything again. */
  takeServer(id: string): boolean;
  /** Whether these are the claims that this process pushed last for their account. */
  isOwnPush(jwt: string): boolean;
  /** Claims that another pushed for an account of ours. True: they differ, so the next `converge` pushes ours again. */
  takeForeignPush(account: string, jwt: string): boolean;
  /**
   * Asks every server which claims it has stored for each account that was pushed. Gives the accounts of which a server has others, so the next `converge`
   * pushes ours again. The read makes up for pushes of others that were not heard. @throws FlotillaError of the bus
   */
  findForeign(): Promise<readonly string[]>;
  /** Servers that ran at the last count. */
  runningCount(): number;
  /** Records by entry, as this process read or wrote them last. Empty while it has read none. */
  records(): ReadonlyMap<string, AdmissionRecord>;
  /** Name of the principal whose account it is or was; undefined for accounts of others. */
  principalOf(account: string): string | undefined;
  /** Replaces a record, unless the record has changed since. @throws FlotillaError of the bus */
  replaceRecord(entry: string, before: AdmissionRecord, after: AdmissionRecord): Promise<void>;
  /** Servers that have loaded the claims of an account, of all: `3/3`; undefined before this process has proven them. */
  serversWith(account: string): string | undefined;
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
  /** The claims as pushed, by account, and all of them. */
  readonly #jwts = new Map<string, string>();
  readonly #ownPushes = new Set<string>();
  readonly #proofs = new Map<string, { readonly servers: ReadonlySet<string>; readonly provenAtMs: number }>();
  #records: Map<string, AdmissionRecord> | undefined;
  #servers: BusServers | undefined;
  /** Counts what was forgotten: what a push before it proved says nothing of a server after it. */
  #generation = 0;
  /** Foreign pushes by account: a proof that was on its way when one came says nothing of the servers now. */
  readonly #foreignPushes = new Map<string, number>();

  constructor(options: AccountPusherOptions) {
    this.#options = options;
    this.#directory = makeAccountDirectory(options.identity.accountSecret);
  }

  async converge(members: readonly Member[]): Promise<void> {
    const { namespace, identity, records, clock } = this.#options;
    if (this.#servers === undefined) await this.countServers();
    const generation = this.#generation;
    const known = (this.#records ??= await records.read());
    const principals = members.map(({ principal }) => principal);
    const claims = accountClaims(namespace, principals, identity, this.#directory);
    const wanted = claims.map((each, index) => {
      const member = members[index];
      assert(member !== undefined, 'each principal has a member');
      const { audience, serviceAccountUid } = member;
      return { claims: each, entry: entryOf(member), audience, serviceAccountUid };
    });
    const plan = planIdentity(namespace, wanted, { pushed: this.#pushed, records: known, nowMs: clock.nowMs() });
    const closed = await this.#close(plan.close);
    // The record of a person whose ServiceAccount is another one refuses tokens of the former before the account opens again.
    const closing = new Set(closed.map(({ account }) => account));
    const isOfClosed = ({ record }: IdentityPlan['write'][number]): boolean => closing.has(record.account);
    await this.#writeAll(plan.write.filter(isOfClosed));
    const opened = await this.#open(plan.push);
    const reopened = new Set(opened.map(({ account }) => account));
    const stillClosed = closed.filter(({ account }) => !reopened.has(account));
    // The bucket and the proof do not depend on each other, and a new pod waits for both.
    await allSettledOrThrow([
      this.#writeAll(plan.write.filter((each) => !isOfClosed(each))),
      forEach([...stillClosed, ...opened], (each) => this.#prove(each, generation)),
    ]);
  }

  forget(): void {
    this.#generation += 1;
    this.#pushed.clear();
    this.#records = undefined;
    this.#servers = undefined;
  }

  async countServers(): Promise<void> {
    const { system, logger } = this.#options;
    const found = await system.servers();
    const { running, expectedCount } = found;
    if (running.length === 0) throw new FlotillaError('BUS_UNAVAILABLE', 'expected an answer of the servers of the bus, found none');
    const before = this.#servers;
    if (before !== undefined && running.some(({ id }) => !isRunning(before, id))) this.forget();
    this.#servers = found;
    if (running.length < expectedCount && running.length !== before?.running.length)
      logger.warn(
        { running: running.map(({ name }) => name), expectedCount },
        'servers of the bus are away; the operator pushes all accounts again when one is back',
      );
  }

  takeServer(id: string): boolean {
    if (this.#servers === undefined || isRunning(this.#servers, id)) return false;
    this.forget();
    return true;
  }

  isOwnPush(jwt: string): boolean {
    return this.#ownPushes.has(jwt);
  }

  takeForeignPush(account: string, jwt: string): boolean {
    const own = this.#jwts.get(account);
    if (own === undefined || isReadableAndSame(own, jwt)) return false;
    this.#pushed.delete(account);
    this.#foreignPushes.set(account, (this.#foreignPushes.get(account) ?? 0) + 1);
    return true;
  }

  async findForeign(): Promise<readonly string[]> {
    const found: string[] = [];
    await forEach([...this.#pushed.keys()], async (account) => {
      const stored = await this.#options.system.storedClaims(account, this.runningCount());
      // A server that stored nothing has lost our claims. A server without an answer is away, and gets all claims when it is back.
      if (stored.some((jwt) => this.takeForeignPush(account, jwt))) found.push(account);
    });
    return found;
  }

  records(): ReadonlyMap<string, AdmissionRecord> {
    return this.#records ?? new Map();
  }

  principalOf(account: string): string | undefined {
    return [...this.records().values()].find((record) => record.account === account)?.principal;
  }

  async replaceRecord(entry: string, before: AdmissionRecord, after: AdmissionRecord): Promise<void> {
    if (this.#records?.get(entry) === before) await this.#write(entry, after);
  }

  serversWith(account: string): string | undefined {
    const state = this.#stateOf(account);
    return state === undefined ? undefined : `${state.loadedOn}/${state.serverCount}`;
  }

  stateOf(principal: Principal): AccountState | undefined {
    return this.#stateOf(this.#directory(accountName(this.#options.namespace, principal)));
  }

  #stateOf(account: string): AccountState | undefined {
    const proof = this.#proofs.get(account);
    if (proof === undefined || this.#servers === undefined) return undefined;
    const { running, expectedCount } = this.#servers;
    const loadedOn = running.filter(({ id }) => proof.servers.has(id)).length;
    return { loadedOn, serverCount: expectedCount, provenAtMs: proof.provenAtMs };
  }

  async #writeAll(records: IdentityPlan['write']): Promise<void> {
    await forEach(records, ({ entry, record }) => this.#write(entry, record));
  }

  /** Remembers the record before the bus has it: of two writes that overlap, the later one must win here too. */
  async #write(entry: string, record: AdmissionRecord): Promise<void> {
    this.#options.fence();
    this.#records?.set(entry, record);
    try {
      await this.#options.records.write(entry, record);
    } catch (error) {
      this.#records = undefined;
      throw error;
    }
  }

  async #close(accounts: IdentityPlan['close']): Promise<readonly Pushed[]> {
    const { identity, clock, logger } = this.#options;
    const pushed = accounts.map(({ account, name }) => ({
      account,
      jwt: closedClaims(account, name, identity, clock.nowMs()),
      content: CLOSED,
    }));
    await forEach(pushed, (each) => this.#push(each));
    for (const { account, name } of accounts)
      logger.info(
        { account, name },
        'an account of the bus was closed, because its principal or the ServiceAccount of its principal is gone',
      );
    return pushed;
  }

  /** Signs each account right before its push, so that the servers work on those before it meanwhile. */
  async #open(claims: IdentityPlan['push']): Promise<readonly Pushed[]> {
    const nowMs = this.#options.clock.nowMs();
    const pushed: Pushed[] = [];
    for (const asks of [false, true]) {
      await forEach(
        claims.filter(({ principal }) => asksOthers(principal) === asks),
        async (each) => {
          const one = { account: each.account, jwt: each.sign(nowMs), content: each.content };
          pushed.push(one);
          await this.#push(one);
        },
      );
    }
    return pushed;
  }

  async #push({ account, jwt }: Pushed): Promise<void> {
    this.#options.fence();
    this.#ownPushes.delete(this.#jwts.get(account) ?? '');
    this.#jwts.set(account, jwt);
    this.#ownPushes.add(jwt);
    await this.#options.system.push(jwt, this.runningCount());
  }

  runningCount(): number {
    return this.#servers?.running.length ?? 1;
  }

  /** The answer "updated" proves nothing: a server may refuse the claims when it loads them. */
  async #prove({ account, jwt, content }: Pushed, generation: number): Promise<void> {
    const { system, clock } = this.#options;
    const runningCount = this.runningCount();
    const foreignPushes = this.#foreignPushes.get(account);
    const loaded = await system.serversWith(account, jwt, runningCount);
    this.#proofs.set(account, { servers: new Set(loaded.map(({ id }) => id)), provenAtMs: clock.nowMs() });
    // Claims of another that came in between are pushed over by the next round.
    if (this.#jwts.get(account) !== jwt || this.#generation !== generation || this.#foreignPushes.get(account) !== foreignPushes) return;
    if (loaded.length < runningCount) {
      // A server that went away does not answer, so the next try looks which servers run.
      this.#servers = undefined;
      throw new FlotillaError('BUS_REFUSED', `expected ${runningCount} servers with the claims of ${account}, found ${loaded.length}`);
    }
    this.#pushed.set(account, content);
  }
}

/** False for a text that holds no claims. */
function isReadableAndSame(own: string, jwt: string): boolean {
  try {
    return isSameContent(own, jwt);
  } catch {
    return false;
  }
}

function isRunning({ running }: BusServers, id: string): boolean {
  return running.some((server) => server.id === id);
}

interface Pushed {
  readonly account: string;
  readonly jwt: string;
  readonly content: string;
}

/** At most {@link AT_ONCE_MAX} at once; a slow item keeps no other waiting. @throws the first error, after the work that had begun has ended */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  let isFailed = false;
  const workNext = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true && !isFailed; next = left.next()) {
      try {
        await work(next.value);
      } catch (error) {
        isFailed = true;
        throw error;
      }
    }
  };
  await allSettledOrThrow(Array.from({ length: Math.min(AT_ONCE_MAX, items.length) }, workNext));
}

/** @throws the first error, after all have ended: no write may follow the answer to its caller */
async function allSettledOrThrow(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
