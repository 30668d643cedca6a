/**
 * Reads the annotation by which a person deletes an object although exec does not confirm that no order is open. For the controllers that delete.
 * The annotation counts only on an object that is being deleted. Each use is written to the audit log and as an Event.
 */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';

export const DELETE_WITHOUT_EXEC = 'flotilla.dev/delete-without-exec';
const PERSON_LENGTH_MAX = 128;
const REASON_LENGTH_MAX = 512;
const FORM = /^([^:]+):(.+)$/s;

/** The person who decided, and the reason. */
export interface DeletionOverride {
  readonly person: string;
  readonly reason: string;
}

/** Undefined when the object is not being deleted, has no annotation, or one that does not name a person and a reason. */
export function deletionOverrideOf({ metadata }: ResourceObject): DeletionOverride | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  const match = FORM.exec(metadata.annotations?.[DELETE_WITHOUT_EXEC] ?? '');
  const person = match?.[1]?.trim() ?? '';
  const reason = match?.[2]?.trim() ?? '';
  if (person === '' || reason === '') return undefined;
  return { person: person.slice(0, PERSON_LENGTH_MAX), reason: reason.slice(0, REASON_LENGTH_MAX) };
}

/** How to override, for messages. `object`: as kubectl takes it, `portfolio/main`. */
export function overrideHint(object: ResourceObject, plural: string): string {
  const { name, annotations } = object.metadata;
  const found = annotations?.[DELETE_WITHOUT_EXEC];
  const wrong = found === undefined ? '' : ` (found ${JSON.stringify(found.slice(0, 64))}, which does not name both)`;
  return `start exec again, or override: kubectl annotate ${plural}/${name} ${DELETE_WITHOUT_EXEC}="<person>: <reason>"${wrong}`;
}
