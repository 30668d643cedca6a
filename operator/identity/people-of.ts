/** Which people the bus knows, from their ServiceAccounts. Pure. */
import { READER_SERVICE_ACCOUNT } from '@flotilla/contracts/access/bus-token.ts';
import { readPerson } from '@flotilla/contracts/access/person.ts';
import type { KubeObject } from '@flotilla/kube/mod.ts';
import type { Member } from './principals-of.ts';

/** The account of the bus that people share who have none of their own. */
export const SHARED_READER: Member = { principal: { role: 'Reader' }, serviceAccount: READER_SERVICE_ACCOUNT };

export interface People {
  readonly members: readonly Member[];
  /** Why the bus admits no connection of a ServiceAccount that has the label of people. */
  readonly problems: readonly string[];
}

/**
 * A person whose ServiceAccount is being deleted is gone at once: no pod needs the bus to end.
 *
 * @param serviceAccounts those with the label of people, of any namespace
 */
export function peopleOf(namespace: string, serviceAccounts: readonly KubeObject[]): People {
  const own = serviceAccounts.filter(({ metadata }) => metadata.namespace === namespace && metadata.deletionTimestamp === undefined);
  const read = own.map(({ metadata }) => ({ metadata, person: readPerson(metadata) }));
  return {
    members: read.flatMap(({ metadata, person }): readonly Member[] => {
      if (!person.ok) return [];
      const member: Member = { principal: { role: 'Person', person: person.name, personRole: person.role }, serviceAccount: metadata.name };
      return [metadata.uid === undefined ? member : { ...member, serviceAccountUid: metadata.uid }];
    }),
    problems: read.flatMap(({ person }) => (person.ok ? [] : [person.problem])),
  };
}
