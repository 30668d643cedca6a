/** Page of what each identity may do at the bus and at the store, from the permission matrix itself. */
import { accountOf } from '@flotilla/contracts/access/bus-accounts.ts';
import { pushSubject } from '@flotilla/contracts/access/core-account.ts';
import { IDENTITIES, IDENTITY_NAMES, type IdentityName } from '@flotilla/contracts/access/identities.ts';
import { code, page, table } from './markdown.ts';

const IS_FOR: Readonly<Record<IdentityName, string>> = {
  operator:
    'Creates streams, buckets and consumers; writes configuration and halt records. It lives in the core account, where the streams are.',
  gateway: 'Publishes signals; normalises them; answers requests for replays.',
  agents: 'Consume signals and publish decisions. All agents of a namespace share this account.',
  exec: 'Consumes order intents and publishes executions. All execs of a namespace share this account.',
  audit: 'Consumes every stream.',
  cli: 'Reads. The command line of people.',
};

/** The first that matches says what a publication on the subject does. */
const VERBS: readonly (readonly [pattern: RegExp, verb: string])[] = [
  [/^\$JS\.API\.STREAM\.(?:CREATE|UPDATE|INFO)\./, 'manages the stream'],
  [/^\$JS\.API\.CONSUMER\.(?:CREATE|DELETE)\./, 'manages consumers'],
  [/^\$JS\.API\.CONSUMER\.INFO\./, 'looks at the consumer'],
  [/^\$JS\.API\.CONSUMER\.RESET\./, 'restarts the consumer'],
  [/^\$JS\.API\.CONSUMER\.MSG\.NEXT\./, 'takes messages'],
  [/^\$JS\.ACK\./, 'acknowledges'],
  [/^\$JS\.API\.STREAM\.MSG\.GET\./, 'reads from the leader'],
  [/^\$JS\.API\.DIRECT\.GET\.KV_/, 'reads keys'],
  [/^\$JS\.API\.DIRECT\.GET\./, 'reads the stream'],
  [/^\$KV\./, 'writes keys'],
];

export function permissionsPage(): string {
  return page(
    'Permissions at the bus and at the store',
    'Default deny: what is not listed here is refused. Each identity has an account of its own at the bus, which imports the subjects of its table and nothing else ([ADR 0067](../adr/0067-an-account-for-each-identity.md)). Outside of the core account `$JS.API` has the name `JSAPI`.',
    ...IDENTITY_NAMES.map(section),
  );
}

function section(name: IdentityName): string {
  const { bus, store } = IDENTITIES[name];
  const rows = [
    ...bus.publish.map((subject) => [
      verbOf(subject),
      code(subject),
      bus.publishDeny.length > 0 ? exceptionsOf(subject, bus.publishDeny) : '',
    ]),
    ...bus.hear.map((subject) => ['hears', code(pushSubject(subject)), '']),
    ...bus.answer.map((subject) => ['answers', code(subject), '']),
    ...bus.ask.map((subject) => ['asks', code(subject), '']),
    ...(store?.keyPatterns.map((pattern) => ['reads and writes keys', code(pattern), 'Redis']) ?? []),
  ];
  return [`## ${name}`, `${IS_FOR[name]} Account \`${accountOf(name)}\`.`, table(['does', 'on', 'but not, or where'], rows)].join('\n\n');
}

function verbOf(subject: string): string {
  return VERBS.find(([pattern]) => pattern.test(subject))?.[1] ?? 'publishes';
}

/** Denied subjects that the pattern would match. */
function exceptionsOf(pattern: string, denied: readonly string[]): string {
  const expression = new RegExp(
    `^${pattern
      .replaceAll(/[$.]/g, String.raw`\$&`)
      .replaceAll('*', '[^.]+')
      .replace(/>$/, '.+')}$`,
  );
  return denied
    .filter((subject) => expression.test(subject.replace(/>$/, 'x')))
    .map(code)
    .join(', ');
}
