/** `flotilla people`: who has an account of their own at the bus; gives one to a person, and takes one away. */
import {
  PERSON_ROLE_LABEL,
  personNameProblem,
  type PersonRole,
  personServiceAccount,
  readPerson,
} from '@flotilla/contracts/access/person.ts';
import { kubectlGet, kubectlJson, runKubectl } from '../cluster/kubectl.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { formatTable } from '../print/table.ts';
import { CliError } from '../session/cli-error.ts';
import { printJson, type Session } from '../session/session.ts';
import { type PersonBinding, personManifest, type PersonRequest, personRows, type PersonServiceAccount } from '../view/people.ts';

const TITLES = ['NAME', 'ROLE', 'TOKENS FOR', 'PROBLEM'] as const;
const NO_VALUE = '-';

export interface AddOptions extends PersonRequest {
  /** Print the objects instead of applying them. */
  readonly print: boolean;
}

/** @throws CliError for a wrong name, without a user or group, and with the reason of kubectl. */
export async function addPerson(session: Session, options: AddOptions): Promise<void> {
  const { context, terminal, output } = session;
  const { name, role } = options;
  requireName(name);
  if (options.users.length + options.groups.length === 0)
    throw new CliError('expected a user or a group of Kubernetes, found none', {
      hint: `Give --user or --group. "kubectl auth whoami" tells a person the own name of user.`,
      exitCode: EXIT_CODES.USAGE,
    });
  const manifest = personManifest(context.namespace, options);
  if (options.print) {
    terminal.print(JSON.stringify(manifest, undefined, 2));
    return;
  }
  await runKubectl(context, ['apply', '--filename', '-', '--output', 'name'], JSON.stringify(manifest));
  if (output === 'json') printJson(session, { namespace: context.namespace, person: name, role, state: 'Added' });
  else terminal.print(`${name} is a ${role} in namespace ${context.namespace}, and enters the bus with: flotilla --person ${name} status`);
}

/** The ServiceAccount goes first: with it goes the account of the bus. @throws CliError when no such person exists. */
export async function removePerson(session: Session, name: string): Promise<void> {
  const { context, terminal, output } = session;
  requireName(name);
  const named = [personServiceAccount(name), '--namespace', context.namespace];
  if ((await kubectlGet(context, ['serviceaccount', ...named])) === undefined) throw noPerson(session, name, await readPeople(session));
  for (const kind of ['serviceaccount', 'rolebinding', 'role'])
    await runKubectl(context, ['delete', kind, ...named, '--ignore-not-found', '--output', 'name']);
  if (output === 'json') printJson(session, { namespace: context.namespace, person: name, state: 'Removed' });
  else terminal.print(`${name} has no account at the bus any more. The operator ends open connections within a second.`);
}

/** Exit code INCOMPLETE when a ServiceAccount has the label of people and the bus does not admit it. */
export async function listPeople(session: Session): Promise<void> {
  const { terminal } = session;
  const people = await readPeople(session);
  if (session.output === 'json') printJson(session, { namespace: session.context.namespace, people });
  else if (people.length === 0) terminal.print(`No person has an account of their own in namespace ${session.context.namespace}.`);
  else
    terminal.print(
      formatTable(
        TITLES.map((title) => ({ title })),
        people.map(({ name, role, tokensFor, problem }) => [
          name,
          role ?? NO_VALUE,
          tokensFor.length === 0 ? NO_VALUE : tokensFor.join(', '),
          problem ?? NO_VALUE,
        ]),
        terminal.style,
      ),
    );
  const refused = people.find(({ problem }) => problem !== null);
  if (refused !== undefined)
    throw new CliError(`the bus does not admit ${refused.name}: ${refused.problem}`, {
      hint: 'Correct it with: flotilla people add',
      exitCode: EXIT_CODES.INCOMPLETE,
    });
}

/** Gives the role of a person. @throws CliError when no person has the name, or when the bus does not admit the person */
export async function readPersonRole(session: Session, name: string): Promise<PersonRole> {
  const { context } = session;
  requireName(name);
  const found = await kubectlGet<PersonServiceAccount>(context, [
    'serviceaccount',
    personServiceAccount(name),
    '--namespace',
    context.namespace,
  ]);
  if (found?.metadata.labels?.[PERSON_ROLE_LABEL] === undefined) throw noPerson(session, name, await readPeople(session));
  const person = readPerson(found.metadata);
  if (!person.ok) throw new CliError(person.problem, { hint: 'Correct it with: flotilla people add' });
  return person.role;
}

function requireName(name: string): void {
  const problem = personNameProblem(name);
  if (problem !== undefined) throw new CliError(problem, { exitCode: EXIT_CODES.USAGE });
}

async function readPeople({ context }: Session): Promise<ReturnType<typeof personRows>> {
  const list = async <T>(kind: string, ...more: readonly string[]): Promise<readonly T[]> =>
    (await kubectlJson<{ readonly items: readonly T[] }>(context, ['get', kind, '--namespace', context.namespace, ...more])).items;
  const [accounts, bindings] = await Promise.all([
    list<PersonServiceAccount>('serviceaccounts', '--selector', PERSON_ROLE_LABEL),
    list<PersonBinding>('rolebindings'),
  ]);
  return personRows(accounts, bindings);
}

function noPerson({ context }: Session, name: string, people: ReturnType<typeof personRows>): CliError {
  const known = people.map((one) => one.name).join(', ');
  return new CliError(`no person ${name} in namespace ${context.namespace}`, {
    hint: known === '' ? 'No person has an account of their own there.' : `The namespace has: ${known}.`,
  });
}
