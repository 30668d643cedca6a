/**
 * People at the bus. A person is a ServiceAccount in the namespace of the fleet: its name says who, and its label says with which role. The operator
 * gives each person an account of the bus, and the `flotilla` command asks for tokens of the ServiceAccount with the rights of its user.
 */
import { z } from 'zod';

/** `Reader` reads. `Replayer` reads, and starts replays of recorded signals. */
export const PERSON_ROLES = ['Reader', 'Replayer'] as const;
export const personRoleSchema = z.enum(PERSON_ROLES);
export type PersonRole = z.infer<typeof personRoleSchema>;

/** Label of a person's ServiceAccount. Its value is a {@link PersonRole}. */
export const PERSON_ROLE_LABEL = 'flotilla.dev/person-role';
/** Longest name of a person, so that each name made from it stays a label of Kubernetes and a token of a subject. */
const PERSON_NAME_LENGTH_MAX = 40;
const NAME_PATTERN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const PREFIX = 'flotilla-person-';

export interface Person {
  readonly name: string;
  readonly role: PersonRole;
}

export type ReadPerson = ({ readonly ok: true } & Person) | { readonly ok: false; readonly problem: string };

/** Undefined: the name is good. */
export function personNameProblem(name: string): string | undefined {
  if (name.length <= PERSON_NAME_LENGTH_MAX && NAME_PATTERN.test(name)) return undefined;
  return `expected the name of a person in at most ${PERSON_NAME_LENGTH_MAX} lower-case letters, digits and hyphens, with a letter or digit at both ends, found ${JSON.stringify(name)}`;
}

export function personServiceAccount(name: string): string {
  return `${PREFIX}${name}`;
}

/** Reads a ServiceAccount that has the label {@link PERSON_ROLE_LABEL}. A problem means that the bus admits no connection of the ServiceAccount. */
export function readPerson(metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }): ReadPerson {
  const refuse = (problem: string): ReadPerson => ({ ok: false, problem: `ServiceAccount ${metadata.name}: ${problem}` });
  if (!metadata.name.startsWith(PREFIX)) return refuse(`expected a name that begins with ${PREFIX} beside the label ${PERSON_ROLE_LABEL}`);
  const name = metadata.name.slice(PREFIX.length);
  const problem = personNameProblem(name);
  if (problem !== undefined) return refuse(problem);
  const label = metadata.labels?.[PERSON_ROLE_LABEL];
  const role = personRoleSchema.safeParse(label);
  if (!role.success)
    return refuse(`expected ${PERSON_ROLES.join(' or ')} in the label ${PERSON_ROLE_LABEL}, found ${JSON.stringify(label ?? '')}`);
  return { ok: true, name, role: role.data };
}
