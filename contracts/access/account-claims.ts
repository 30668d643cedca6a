/**
 * The accounts of the bus as claims, in the form that nats-server reads ("JWT", version 2). The permission matrix is the only source.
 *
 * Pure. The claims are signed elsewhere.
 */
import { type BusRights, busRights, CALLOUT_RIGHTS, CORE_RIGHTS } from './bus-rights.ts';
import { accountHash, CORE_PUSHES, CORE_SERVICES, pushSubject, quarantinedSubject, subjectInAccount } from './core-account.ts';
import { type Principal, principalName } from './principal.ts';
import { consumerToken } from '../bus/poison-token.ts';

const UNLIMITED = -1;
/** A rolling update doubles the pods of a principal, and a connection that broke counts until the server notices. */
const CONNECTIONS_MAX = 16;
/** Each pull has an inbox of its own. */
const SUBSCRIPTIONS_MAX = 1_000;
const ANSWER_TTL_NS = 120_000_000_000;
/** Replies come back below this prefix. An account has one principal, so an inbox needs no name of its owner. */
const INBOXES = '_INBOX.>';

/** The `nats` part of an account's claims. */
export type AccountBody = Readonly<Record<string, unknown>>;

/** A principal with the public key of its account. */
export interface PrincipalAccount {
  readonly principal: Principal;
  readonly account: string;
}

/** Public keys on which the accounts of an installation rest. */
export interface InstallationKeys {
  readonly core: string;
  /** Signs the users of principals' accounts. The callout holds its private half. */
  readonly podSigningKeys: readonly string[];
}

/** The core account: owns the streams, and exports what principals import. */
export function coreAccountBody(signingKeys: readonly string[]): AccountBody {
  return {
    ...accountBody({
      exports: [
        ...CORE_SERVICES.map(({ subject, responseType }) => ({ name: subject, subject, type: 'service', response_type: responseType })),
        ...CORE_PUSHES.map((subject) => ({ name: subject, subject, type: 'stream' })),
      ],
      imports: [],
      signingKeys,
    }),
    limits: {
      ...limits(UNLIMITED, UNLIMITED),
      mem_storage: UNLIMITED,
      disk_storage: UNLIMITED,
      streams: UNLIMITED,
      consumer: UNLIMITED,
    },
  };
}

/** The account of the server's own events and of claims. */
export function systemAccountBody(signingKeys: readonly string[]): AccountBody {
  return accountBody({ exports: [], imports: [], signingKeys });
}

/** The account in which connections without an account arrive, and in which the callout answers. */
export function admissionAccountBody(keys: InstallationKeys, calloutUsers: readonly string[]): AccountBody {
  return {
    ...accountBody({
      exports: [],
      imports: CALLOUT_RIGHTS.publish.map((subject) => importService(keys.core, subject)),
      signingKeys: keys.podSigningKeys,
    }),
    authorization: { auth_users: calloutUsers, allowed_accounts: ['*'] },
  };
}

/** Claims of every principal, by public key of the account. Each ask is an import from each account that answers it. */
export function principalAccountBodies(members: readonly PrincipalAccount[], keys: InstallationKeys): ReadonlyMap<string, AccountBody> {
  const coreHash = accountHash(keys.core);
  const all = members.map((member) => ({ ...member, rights: busRights(member.principal, coreHash) }));
  const answers = all.flatMap(({ account, rights }) => rights.answer.map((subject) => ({ account, subject })));
  return new Map(
    all.map(({ principal, account, rights }) => [
      account,
      {
        ...accountBody({
          exports: rights.answer.map((subject) => ({ name: subject, subject, type: 'service' })),
          imports: [
            ...rights.publish.map((subject) => importService(keys.core, subject)),
            ...rights.trip.map((subject) => importService(keys.core, quarantinedSubject(consumerToken(principalName(principal)), subject))),
            ...rights.hear.map((subject) => importPush(keys.core, subject)),
            ...importAnswers(account, rights.ask, answers),
          ],
          signingKeys: keys.podSigningKeys,
        }),
        limits: limits(CONNECTIONS_MAX, SUBSCRIPTIONS_MAX),
        default_permissions: permissions(rights, subjectInAccount),
      },
    ]),
  );
}

/** Claims that close every connection of an account and admit none. The server forgets a deleted account less surely than one without connections. */
export function closedAccountBody(): AccountBody {
  return { ...accountBody({ exports: [], imports: [], signingKeys: [] }), limits: { ...limits(0, 0), imports: 0, exports: 0 } };
}

/** Permissions of the operator's user in the core account. */
export function corePermissions(): object {
  return permissions(CORE_RIGHTS, (subject) => subject);
}

/** Permissions of the callout in the account that admits connections. */
export function calloutPermissions(): object {
  return permissions(CALLOUT_RIGHTS, subjectInAccount);
}

/** Permissions of a user that may do nothing. */
export const NO_PERMISSIONS = { pub: { deny: ['>'] }, sub: { deny: ['>'] } } as const;

interface AccountParts {
  readonly exports: readonly object[];
  readonly imports: readonly object[];
  readonly signingKeys: readonly string[];
}

function accountBody({ exports, imports, signingKeys }: AccountParts): AccountBody {
  return {
    exports,
    imports,
    limits: limits(UNLIMITED, UNLIMITED),
    ...(signingKeys.length > 0 ? { signing_keys: signingKeys } : {}),
    type: 'account',
    version: 2,
  };
}

function limits(connections: number, subscriptions: number): Readonly<Record<string, unknown>> {
  return {
    conn: connections,
    subs: subscriptions,
    leaf: 0,
    data: UNLIMITED,
    payload: UNLIMITED,
    imports: UNLIMITED,
    exports: UNLIMITED,
    wildcards: true,
  };
}

function importService(account: string, subject: string): object {
  return { name: subject, account, subject, local_subject: subjectInAccount(subject), type: 'service' };
}

function importPush(account: string, subject: string): object {
  return { name: pushSubject(subject), account, subject: pushSubject(subject), type: 'stream' };
}

/** What its own account answers needs no import. */
function importAnswers(
  own: string,
  asks: readonly string[],
  answers: readonly { readonly account: string; readonly subject: string }[],
): readonly object[] {
  return answers
    .filter(({ account, subject }) => account !== own && asks.some((ask) => covers(ask, subject)))
    .map(({ account, subject }) => ({ name: subject, account, subject, local_subject: subject, type: 'service' }));
}

/** Whether a pattern with `*` matches every subject that `subject` matches; both have the same number of tokens then. */
function covers(pattern: string, subject: string): boolean {
  const [wanted, found] = [pattern.split('.'), subject.split('.')];
  return wanted.length === found.length && wanted.every((token, index) => token === '*' || token === found[index]);
}

/** The second wall: inside its account a user publishes and hears what its rights name alone. */
function permissions({ publish, trip, hear, answer, ask }: BusRights, local: (subject: string) => string): object {
  const toPublish = [...publish.map(local), ...trip, ...ask];
  return {
    // An empty list would mean "everything".
    pub: toPublish.length > 0 ? { allow: toPublish } : { deny: ['>'] },
    sub: { allow: [INBOXES, ...hear.map(pushSubject), ...answer] },
    ...(answer.length > 0 ? { resp: { max: 1, ttl: ANSWER_TTL_NS } } : {}),
  };
}
