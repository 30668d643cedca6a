/**
 * Publishes claims of accounts to the servers of the bus, through the system account, and asks the servers which claims they have loaded.
 *
 * A server that answers "updated" may still refuse the claims when it loads them, so the answer to a push proves nothing.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Msg } from '@nats-io/nats-core';
import { CONNECTION_SUBJECTS, type ConnectionNews, readConnectionNews } from './connection-news.ts';
import { readClaims } from './jwt.ts';
import type { Connection } from '../bus/connection.ts';

const PUSH_SUBJECT = '$SYS.REQ.CLAIMS.UPDATE';
/** A server loads the claims of an account when the account is asked for; this request asks for it. */
const LOAD_SUBJECT = '$SYS.REQ.SERVER.PING.CONNZ';
const ACCOUNT_SUBJECT = '$SYS.REQ.SERVER.PING.ACCOUNTZ';
const SERVERS_SUBJECT = '$SYS.REQ.SERVER.PING.JSZ';
/** Each server tells its state on this subject: often after its start, and every ten seconds later. */
const ALIVE_SUBJECT = '$SYS.SERVER.*.STATSZ';
/** Both forms in which tools push claims. */
const HEARD_SUBJECTS = [PUSH_SUBJECT, '$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE'] as const;
const ACCOUNTS_SUBJECT = '$SYS.REQ.CLAIMS.LIST';
const ANSWER_MS_MAX = 2_000;
/** Servers of one cluster answer within milliseconds of each other. */
const STALL_MS = 200;

export interface BusServer {
  readonly name: string;
  /** Of the process: a server that starts again has another one. */
  readonly id: string;
}

export interface BusServers {
  /** Servers that answer, by name. */
  readonly running: readonly BusServer[];
  /** Servers that the cluster has, those that are away included. */
  readonly expectedCount: number;
}

export interface SystemAccount {
  servers(): Promise<BusServers>;
  /**
   * Pushes claims. Resolves when `serverCount` servers have stored them, or after two seconds.
   * @throws FlotillaError `BUS_REFUSED` with the server's word when a server refuses the claims, `BUS_UNAVAILABLE` when no server answers
   */
  push(jwt: string, serverCount: number): Promise<void>;
  /** Makes the servers load the account. Gives those that have loaded claims with exactly this content, by name. */
  serversWith(account: string, jwt: string, serverCount: number): Promise<readonly BusServer[]>;
  /** Hears of each server that runs, soon after its start and again and again. The callback gets the id. The result unsubscribes. */
  onServer(callback: (id: string) => void): () => void;
  /**
   * Other accounts of which a connection to one server would get a message that `account` publishes on `subject`, by the server's own routing.
   *
   * @param subject without wildcards
   */
  hearersOf(account: string, subject: string, serverId: string): Promise<readonly string[]>;
  /** Public keys of the accounts whose claims a server has stored. */
  accounts(): Promise<readonly string[]>;
  /** The claims of an account as a server has stored them; undefined when it has none. */
  claimsOf(account: string): Promise<string | undefined>;
  /** The claims of an account as each server has stored them, at most `serverCount` answers; an empty text where a server has none. */
  storedClaims(account: string, serverCount: number): Promise<readonly string[]>;
  /** Asks every server of the bus. @param serverCount how many answers to wait for; undefined: until no more come */
  ask(subject: string, payload: string, serverCount: number | undefined): Promise<readonly ServerAnswer[]>;
  /** Hears every push of claims, those of others and its own. The callback gets the claims as they were pushed. The result unsubscribes. */
  onPush(callback: (jwt: string) => void): () => void;
  /** Hears of the connections of all accounts, on every server: new ones, ended ones and refused ones. The result unsubscribes. */
  onConnection(callback: (news: ConnectionNews) => void): () => void;
  /** Calls back after every connection, the first one included. */
  onConnect(callback: () => void): () => void;
  /** Why the system account cannot be reached, or undefined. */
  problem(): string | undefined;
}

/** An answer of one server. */
export interface ServerAnswer {
  readonly server?: Partial<BusServer>;
  readonly error?: { readonly code?: number; readonly description?: string };
  readonly data?: {
    readonly message?: string;
    readonly code?: number;
    readonly subscriptions_list?: readonly { readonly account?: string }[];
    /** Of JetStream's cluster, which knows the servers that are away. */
    readonly meta_cluster?: { readonly cluster_size?: number };
    readonly account_detail?: { readonly jwt?: string; readonly complete?: boolean };
    readonly accounts?: readonly string[];
    readonly trusted_operators_jwt?: readonly string[];
    readonly connections?: readonly { readonly jwt?: string; readonly issuer_key?: string }[];
  };
}

export function openSystemAccount(connection: Pick<Connection, 'live' | 'subscribe' | 'listen' | 'problem'>): SystemAccount {
  const askAll = (subject: string, payload: string, serverCount: number | undefined): Promise<readonly ServerAnswer[]> =>
    collect(connection, subject, payload, serverCount, parse);
  const storedClaims = (account: string, serverCount: number): Promise<readonly string[]> =>
    collect(connection, `$SYS.REQ.ACCOUNT.${account}.CLAIMS.LOOKUP`, '', serverCount, (message) => message.string());
  return {
    async servers() {
      const answers = await askAll(SERVERS_SUBJECT, '', undefined);
      const running = serversOf(answers);
      const sizes = answers.map(({ data }) => data?.meta_cluster?.cluster_size ?? 0);
      return { running, expectedCount: Math.max(running.length, ...sizes) };
    },
    async push(jwt, serverCount) {
      const answers = await askAll(PUSH_SUBJECT, jwt, serverCount);
      if (answers.length === 0) throw new FlotillaError('BUS_UNAVAILABLE', 'expected an answer to pushed claims, found none within 2 s');
      const refusal = answers.find(({ error }) => error !== undefined)?.error;
      if (refusal !== undefined)
        throw new FlotillaError('BUS_REFUSED', `a server refused the claims of an account: ${refusal.description ?? ''}`);
    },
    async serversWith(account, jwt, serverCount) {
      await askAll(LOAD_SUBJECT, JSON.stringify({ acc: account, limit: 1 }), serverCount);
      const answers = await askAll(ACCOUNT_SUBJECT, JSON.stringify({ account }), serverCount);
      return serversOf(answers.filter(({ data }) => isSameContent(data?.account_detail?.jwt, jwt)));
    },
    async hearersOf(account, subject, serverId) {
      const request = JSON.stringify({ account, subscriptions: true, test: subject });
      const [answer] = await askAll(`$SYS.REQ.SERVER.${serverId}.SUBSZ`, request, 1);
      if (answer === undefined)
        throw new FlotillaError('BUS_UNAVAILABLE', `expected server ${serverId} to name who hears ${subject}, found no answer`);
      return (answer.data?.subscriptions_list ?? []).map((subscription) => subscription.account ?? '').filter((one) => one !== account);
    },
    async accounts() {
      const [answer] = await askAll(ACCOUNTS_SUBJECT, '', 1);
      return Array.isArray(answer?.data) ? (answer.data as readonly string[]) : [];
    },
    async claimsOf(account) {
      const [jwt] = await storedClaims(account, 1);
      return jwt === undefined || jwt === '' ? undefined : jwt;
    },
    storedClaims,
    ask: askAll,
    onPush(callback) {
      const subscriptions = HEARD_SUBJECTS.map((subject) => connection.subscribe(subject, (message) => callback(message.string())));
      return () => {
        for (const subscription of subscriptions) subscription.unsubscribe();
      };
    },
    onServer(callback) {
      const subscription = connection.subscribe(ALIVE_SUBJECT, (message) => {
        const { id } = parse(message).server ?? {};
        if (id !== undefined) callback(id);
      });
      return () => subscription.unsubscribe();
    },
    onConnection(callback) {
      const subscriptions = CONNECTION_SUBJECTS.map((subject) =>
        connection.subscribe(subject, (message) => {
          const news = readConnectionNews(message.subject, message.string());
          if (news !== undefined) callback(news);
        }),
      );
      return () => {
        for (const subscription of subscriptions) subscription.unsubscribe();
      };
    },
    onConnect: (callback) => connection.listen({ onConnect: callback }),
    problem: () => connection.problem(),
  };
}

async function collect<T>(
  connection: Pick<Connection, 'live'>,
  subject: string,
  payload: string,
  serverCount: number | undefined,
  read: (message: Msg) => T,
): Promise<readonly T[]> {
  const options =
    serverCount === undefined
      ? ({ strategy: 'stall', maxWait: ANSWER_MS_MAX, stall: STALL_MS } as const)
      : ({ strategy: 'count', maxWait: ANSWER_MS_MAX, maxMessages: serverCount } as const);
  const answers: T[] = [];
  try {
    for await (const message of await connection.live().requestMany(subject, payload, options)) answers.push(read(message));
  } catch (error) {
    if (error instanceof FlotillaError) throw error;
    throw new FlotillaError('BUS_UNAVAILABLE', `the servers could not be asked: ${error instanceof Error ? error.message : String(error)}`);
  }
  return answers;
}

/** Whether two claims grant the same and have the same issuer. They may differ in the time of their issue. */
export function isSameContent(left: string | undefined, right: string | undefined): boolean {
  // Most claims are the very text that was pushed, and to verify two signatures costs most of a millisecond.
  return left === right || contentOf(left) === contentOf(right);
}

/** The part of claims that grants, and who signed them. */
function contentOf(jwt: string | undefined): string | undefined {
  if (jwt === undefined) return undefined;
  const { issuer, nats } = readClaims(jwt);
  return JSON.stringify([issuer, nats]);
}

function parse(message: Msg): ServerAnswer {
  return JSON.parse(message.string()) as ServerAnswer;
}

function serversOf(answers: readonly ServerAnswer[]): readonly BusServer[] {
  return answers
    .map(({ server }) => ({ name: server?.name ?? '', id: server?.id ?? '' }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}
