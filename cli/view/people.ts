/** The objects that make a person, and people as rows for the screen and for programs. Pure. */
import { PERSON_ROLE_LABEL, type PersonRole, personServiceAccount, readPerson } from '@flotilla/contracts/access/person.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const PART_OF = { 'app.kubernetes.io/part-of': 'flotilla' };

export interface PersonRequest {
  readonly name: string;
  readonly role: PersonRole;
  /** Users and groups of Kubernetes who enter the bus as this person. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

export interface PersonServiceAccount {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

export interface PersonBinding {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}

export interface PersonRow {
  readonly name: string;
  readonly role: PersonRole | null;
  /** `user <name>` and `group <name>`. */
  readonly tokensFor: readonly string[];
  /** Why the bus does not admit the ServiceAccount. */
  readonly problem: string | null;
}

/** The ServiceAccount is the person. The Role and the RoleBinding let the users ask for its tokens, and for no other token. */
export function personManifest(namespace: string, { name, role, users, groups }: PersonRequest): object {
  const own = personServiceAccount(name);
  const metadata = { name: own, namespace, labels: PART_OF };
  const subjects = [...users.map((user) => ({ kind: 'User', name: user })), ...groups.map((group) => ({ kind: 'Group', name: group }))];
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { ...metadata, labels: { ...PART_OF, [PERSON_ROLE_LABEL]: role } },
        automountServiceAccountToken: false,
      },
      {
        apiVersion: `${RBAC_GROUP}/v1`,
        kind: 'Role',
        metadata,
        rules: [{ apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: [own], verbs: ['create'] }],
      },
      {
        apiVersion: `${RBAC_GROUP}/v1`,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name: own },
        subjects: subjects.map((subject) => ({ ...subject, apiGroup: RBAC_GROUP })),
      },
    ],
  };
}

/** @param bindings every RoleBinding of the namespace; those to the Role of a person count */
export function personRows(accounts: readonly PersonServiceAccount[], bindings: readonly PersonBinding[]): readonly PersonRow[] {
  return accounts
    .map(({ metadata }): PersonRow => {
      const person = readPerson(metadata);
      const tokensFor = bindings
        .filter(({ roleRef }) => roleRef.kind === 'Role' && roleRef.name === metadata.name)
        .flatMap(({ subjects = [] }) => subjects.map(({ kind, name }) => `${kind.toLowerCase()} ${name}`));
      return person.ok
        ? { name: person.name, role: person.role, tokensFor, problem: null }
        : { name: metadata.name, role: null, tokensFor, problem: person.problem };
    })
    .toSorted((left, right) => left.name.localeCompare(right.name));
}
