/** Page of what each role may do at the bus and at the store, from the permission matrix itself. */
import { type BusRights, busRights, CALLOUT_RIGHTS, CORE_RIGHTS } from '@flotilla/contracts/access/bus-rights.ts';
import { describeRights } from '@flotilla/contracts/access/describe-rights.ts';
import { type Principal, ROLE_NAMES, type RoleName } from '@flotilla/contracts/access/principal.ts';
import { STORE_USERS } from '@flotilla/contracts/access/store-users.ts';
import { code, page, table } from './markdown.ts';

/** An example of each role; the page shows its names in the subjects. */
const EXAMPLES: Readonly<Record<RoleName, Principal>> = {
  Gateway: { role: 'Gateway' },
  SignalAgent: { role: 'SignalAgent', portfolio: 'main', strategy: 'momentum' },
  Exec: { role: 'Exec', portfolio: 'main' },
  AuditWriter: { role: 'AuditWriter' },
  Reader: { role: 'Reader' },
};

const IS_FOR: Readonly<Record<RoleName, string>> = {
  Gateway: 'Publishes signals; normalises them; answers requests for replays.',
  SignalAgent: 'The agent of one Strategy. Here the agent of `momentum` in portfolio `main`.',
  Exec: 'The gate of one Portfolio. Here the exec of portfolio `main`.',
  AuditWriter: 'Consumes every stream.',
  Reader: 'Reads. The command line of people, by a token of the ServiceAccount `flotilla-reader`.',
};

/** The page cannot know the public key of an installation's core account, from which this token derives. */
const CORE_HASH = '<hash>';

export function permissionsPage(): string {
  return page(
    'Permissions at the bus and at the store',
    'Default deny: what is not listed here is refused. Each principal (each agent, each exec, the gateway, the audit writer, people) has an account of its own at the bus, which imports the subjects of its table and nothing else ([ADR 0067](../adr/0067-an-account-for-each-identity.md), [ADR 0076](../adr/0077-accounts-by-claims.md)). Outside of the core account `$JS.API` has the name `JSAPI`. `<hash>` stands for a part of the public key of the core account.',
    ...ROLE_NAMES.map((role) => section(role, IS_FOR[role], busRights(EXAMPLES[role], CORE_HASH))),
    section(
      'The operator, in the core account',
      'Creates streams, buckets and consumers; writes configuration, halt records and the table of principals.',
      CORE_RIGHTS,
    ),
    section(
      'The callout, in the account of admission',
      'Answers the server whether a connection may enter. It looks one ServiceAccount up for each connection.',
      CALLOUT_RIGHTS,
    ),
    storeSection(),
  );
}

function section(title: string, isFor: string, rights: BusRights): string {
  const rows = describeRights(rights).map(({ action, subject }) => [action, code(subject)]);
  return [`## ${title}`, isFor, table(['does', 'on'], rows)].join('\n\n');
}

function storeSection(): string {
  const rows = STORE_USERS.map(({ name, rules }) => [name, rules.map(code).join(' ')]);
  return ['## Users of the store', 'Redis denies every command and key that is not listed.', table(['user', 'ACL rules'], rows)].join(
    '\n\n',
  );
}
