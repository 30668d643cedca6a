/**
 * Publishes claims of accounts to the servers of the bus, through the system account, and asks the servers which claims they have loaded.
 *
 * A server that answers "updated" may still refuse the claims when it loads them, so the answer to a push proves nothing.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Msg } from '@nats-io/nats-core';
import { readClaims } from './jwt.ts';
import type { Connection } from '../bus/connection.ts';

const PUSH_SUBJECT = '$SYS.REQ.CLAIMS.UPDATE';
/** A server loads the claims of an account when the account is asked for; this request asks for it. */
const LOAD_SUBJECT = '$SYS.REQ.SERVER.PING.CONNZ';
const ACCOUNT_SUBJECT = '$SYS.REQ.SERVER.PING.ACCOUNTZ';
const SERVERS_SUBJECT = '$SYS.REQ.SERVER.PING.IDZ';
/** Both forms in which tools push claims. */
const HEARD_SUBJECTS = [PUSH_SUBJECT, '$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE'] as const;
const ANSWER_MS_MAX = 2_000;
/** Servers of one cluster answer within milliseconds of each other. */
const STALL_MS = 200;

export interface SystemAccount {
  /** Names of the servers that answer. */
  servers(): Promise<readonly string[]>;
  /**
   * Pushes claims. Resolves when `serverCount` servers have stored them, or after two seconds.
   * @throws FlotillaError `BUS_REFUSED` with the server's word when a server refuses the claims, `BUS_UNAVAILABLE` when no server answers
   */
  push(jwt: string, serverCount: number): Promise<void>;
  /** Makes the servers load the account. Gives the names of those that have loaded claims with exactly this content. */
  serversWith(account: string, jwt: string, serverCount: number): Promise<readonly string[]>;
  /** Hears every push of claims, those of others and its own. The callback gets the claims as they were pushed. The result unsubscribes. */
  onPush(callback: (jwt: string) => void): () => void;
  /** Calls back after every connection, the first one included. */
  onConnect(callback: () => void): () => void;
  /** Why the system account cannot be reached, or undefined. */
  problem(): string | undefined;
}

interface Answer {
  /** Of the server itself, in the answer to the request for identities; `server` in the others. */
  readonly name?: string;
  readonly server?: { readonly name?: string };
  readonly error?: { readonly code?: number; readonly description?: string };
  readonly data?: {
    readonly message?: string;
    readonly code?: number;
    readonly account_detail?: { readonly jwt?: string; readonly complete?: boolean };
  };
}

export function openSystemAccount(connection: Pick<Connection, 'live' | 'subscribe' | 'listen' | 'problem'>): SystemAccount {
  const askAll = (subject: string, payload: string, serverCount: number | undefined): Promise<readonly Answer[]> =>
    collect(connection, subject, payload, serverCount);
  return {
    async servers() {
      return names(await askAll(SERVERS_SUBJECT, '', undefined));
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
      const content = contentOf(jwt);
      return names(answers.filter(({ data }) => contentOf(data?.account_detail?.jwt) === content));
    },
    onPush(callback) {
      const subscriptions = HEARD_SUBJECTS.map((subject) => connection.subscribe(subject, (message) => callback(message.string())));
      return () => {
        for (const subscription of subscriptions) subscription.unsubscribe();
      };
    },
    onConnect: (callback) => connection.listen({ onConnect: callback }),
    problem: () => connection.problem(),
  };
}

async function collect(
  connection: Pick<Connection, 'live'>,
  subject: string,
  payload: string,
  serverCount: number | undefined,
): Promise<readonly Answer[]> {
  const options =
    serverCount === undefined
      ? ({ strategy: 'stall', maxWait: ANSWER_MS_MAX, stall: STALL_MS } as const)
      : ({ strategy: 'count', maxWait: ANSWER_MS_MAX, maxMessages: serverCount } as const);
  const answers: Answer[] = [];
  try {
    for await (const message of await connection.live().requestMany(subject, payload, options)) answers.push(parse(message));
  } catch (error) {
    if (error instanceof FlotillaError) throw error;
    throw new FlotillaError('BUS_UNAVAILABLE', `the servers could not be asked: ${error instanceof Error ? error.message : String(error)}`);
  }
  return answers;
}

/** The part of claims that grants: equal for claims that differ in the time of their issue alone. */
export function contentOf(jwt: string | undefined): string | undefined {
  return jwt === undefined ? undefined : JSON.stringify(readClaims(jwt).nats);
}

function parse(message: Msg): Answer {
  return JSON.parse(message.string()) as Answer;
}

function names(answers: readonly Answer[]): readonly string[] {
  return answers.map(({ server, name }) => server?.name ?? name ?? '').toSorted();
}
