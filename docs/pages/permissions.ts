/** Page of what each role may do at the bus and at the store, from the permission matrix itself. */
import { type BusRights, busRights, CALLOUT_RIGHTS, CORE_RIGHTS } from '@flotilla/contracts/access/bus-rights.ts';
import { compileRole } from '@flotilla/contracts/access/compile-role.ts';
import { describeRights } from '@flotilla/contracts/access/describe-rights.ts';
import { permissionMatrix } from '@flotilla/contracts/access/permission-matrix.ts';
import { type Principal, ROLE_NAMES, type RoleName } from '@flotilla/contracts/access/principal.ts';
import { gatewayStoreUser, STORE_START_USERS } from '@flotilla/contracts/access/store-users.ts';
import { code, page, table } from './markdown.ts';

/** An example of each role; the page shows its names in the subjects. */
const EXAMPLES: Readonly<Record<RoleName, Principal>> = {
  Gateway: { role: 'Gateway' },
  Normaliser: { role: 'Normaliser' },
  SignalAgent: { role: 'SignalAgent', portfolio: 'main', strategy: 'momentum' },
  Exec: { role: 'Exec', portfolio: 'main' },
  AuditWriter: { role: 'AuditWriter' },
  Reader: { role: 'Reader' },
  Person: { role: 'Person', person: 'alice', personRole: 'Reader' },
};

const IS_FOR: Readonly<Record<RoleName, string>> = {
  Gateway: 'Publishes raw signals, of webhooks and of replays; answers requests for replays; reports.',
  Normaliser:
    'Turns raw signals into normalized ones. It is the second connection of the process of the gateway, by a second token of the ServiceAccount `flotilla-gateway` with the audience `flotilla-bus-normaliser` ([ADR 0114](../adr/0114-the-normaliser-has-an-account-of-its-own.md)).',
  SignalAgent: 'The agent of one Strategy. Here the agent of `momentum` in portfolio `main`.',
  Exec: 'The gate of one Portfolio. Here the exec of portfolio `main`.',
  AuditWriter: 'Consumes every stream.',
  Reader:
    'Reads, and starts replays. The command line of people who have no account of their own, by a token of the ServiceAccount `flotilla-reader`. All of them share this account.',
  Person:
    'Reads. The command line of one person, by a token of the ServiceAccount of the person; here `alice` with the role `Reader`. The role `Replayer` also asks `control.replay.*`, which starts replays ([how-to](../how-to/give-people-rights.md)).',
};

/** The page cannot know the public key of an installation's core account, from which this token derives. */
const CORE_HASH = '<hash>';

export function permissionsPage(): string {
  return page(
    'Permissions at the bus and at the store',
    'Default deny: what is not listed here is refused. Each principal (each agent, each exec, the gateway, the normaliser, the audit writer, people) has an account of its own at the bus, which imports the subjects of its table and nothing else ([ADR 0067](../adr/0067-an-account-for-each-identity.md), [ADR 0077](../adr/0077-accounts-by-claims.md)). Outside of the core account `$JS.API` has the name `JSAPI`. `<hash>` stands for a part of the public key of the core account.',
    'An AgentRole takes rights of the role SignalAgent away ([how-to](../how-to/give-an-agent-fewer-rights.md)). `flotilla permissions` shows the permissions of one agent on a cluster.',
    ...ROLE_NAMES.map((role) => [section(role, IS_FOR[role], busRights(EXAMPLES[role], CORE_HASH)), denials(EXAMPLES[role])].join('\n\n')),
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
  const kept = rights.trip.map(code).join(', ');
  const evidence = kept === '' ? [] : [`Publications on ${kept} are kept as evidence in the stream QUARANTINE, and people are told.`];
  return [`## ${title}`, isFor, table(['does', 'on'], rows), ...evidence].join('\n\n');
}

/** The denials that matter, from the same table as `flotilla permissions`. */
function denials(principal: Principal): string {
  const compiled = compileRole(undefined, principal);
  const denied = permissionMatrix(compiled, compiled, undefined).filter(({ plane, verdict }) => plane === 'bus' && verdict === 'denied');
  const verbs = [...new Set(denied.map(({ may }) => may))].filter((may) => may !== 'hears');
  return `Denied, among everything else that is not listed: ${verbs.join('; ')}.`;
}

function storeSection(): string {
  const gateway = { ...gatewayStoreUser('<namespace>', 0), name: 'gateway.<namespace>.<epoch>' };
  const rows = [...STORE_START_USERS, gateway].map(({ name, rules }) => [name, rules.map(code).join(' ')]);
  return ['## Users of the store', 'Redis denies every command and key that is not listed.', table(['user', 'ACL rules'], rows)].join(
    '\n\n',
  );
}
