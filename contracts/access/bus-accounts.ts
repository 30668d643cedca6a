/** Makes the accounts of the bus, with their imports, exports and users, in the form that nats-server reads. The permission matrix is the only source. */
import { assert } from '../errors/assert.ts';
import { CORE_ACCOUNT, CORE_PUSHES, CORE_SERVICES, pushSubject, subjectInAccount } from './core-account.ts';
import { type BusRights, IDENTITIES, IDENTITY_NAMES, type IdentityName } from './identities.ts';

/** The identity that lives in the core account. */
const CORE_IDENTITY: IdentityName = 'operator';

/** A user of the core account beside the operator, with every right; for tests and benches. */
export interface CoreUser {
  readonly user: string;
  readonly password: string;
}

/** `accounts` and `system_account` of a configuration of nats-server, whose syntax includes JSON. */
export function busAccounts(
  passwords: Readonly<Record<IdentityName, string>>,
  coreUsers: readonly CoreUser[] = [],
): Readonly<Record<string, unknown>> {
  const others = IDENTITY_NAMES.filter((name) => name !== CORE_IDENTITY);
  return {
    accounts: {
      [CORE_ACCOUNT]: {
        jetstream: 'enabled',
        exports: [
          ...CORE_SERVICES.map(({ subject, responseType }) => ({ service: subject, response_type: responseType })),
          ...CORE_PUSHES.map((subject) => ({ stream: subject })),
        ],
        imports: IDENTITIES[CORE_IDENTITY].bus.ask.map(importAnswer),
        users: [user(CORE_IDENTITY, passwords[CORE_IDENTITY], (subject) => subject), ...coreUsers],
      },
      ...Object.fromEntries(others.map((name) => [accountOf(name), account(name, passwords[name])])),
      SYS: { users: [] },
    },
    system_account: 'SYS',
  };
}

/** The account of an identity; the operator's is the core account. */
export function accountOf(name: IdentityName): string {
  return name === CORE_IDENTITY ? CORE_ACCOUNT : name.toUpperCase();
}

function account(name: IdentityName, password: string): unknown {
  const { publish, hear, answer, ask } = IDENTITIES[name].bus;
  return {
    exports: answer.map((subject) => ({ service: subject })),
    imports: [
      ...publish.map((subject) => ({ service: { account: CORE_ACCOUNT, subject }, to: subjectInAccount(subject) })),
      ...hear.map((subject) => ({ stream: { account: CORE_ACCOUNT, subject: pushSubject(subject) } })),
      // An account needs no import for requests that the account itself answers.
      ...ask.filter((subject) => !answer.includes(subject)).map(importAnswer),
    ],
    users: [user(name, password, subjectInAccount)],
  };
}

function importAnswer(subject: string): unknown {
  const answering = IDENTITY_NAMES.find((name) => IDENTITIES[name].bus.answer.includes(subject));
  assert(answering !== undefined, `expected an identity that answers ${subject}, found none`);
  return { service: { account: accountOf(answering), subject } };
}

/** The second wall: inside its account a user may do what its rights name, and read no inbox but its own. */
function user(name: IdentityName, password: string, local: (subject: string) => string): unknown {
  const { publish, publishDeny, hear, answer, ask }: BusRights = IDENTITIES[name].bus;
  return {
    user: name,
    password,
    permissions: {
      publish: permission([...publish.map(local), ...ask], publishDeny.map(local)),
      subscribe: permission([inboxOf(name), ...hear.map(pushSubject), ...answer], []),
      ...(answer.length > 0 ? { allow_responses: true } : {}),
    },
  };
}

/** Replies come back here; the runtime's bus adapter makes its inboxes below it. */
function inboxOf(name: IdentityName): string {
  return `_INBOX_${name}.>`;
}

/** Refuses an empty list, because nats-server takes an empty list for "everything". */
function permission(allow: readonly string[], deny: readonly string[]): unknown {
  assert(allow.length > 0, 'a user of the bus needs at least one subject of each kind');
  return deny.length === 0 ? { allow } : { allow, deny };
}
