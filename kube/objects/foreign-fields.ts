/**
 * Names the fields of an object's content that another manager has added, from `metadata.managedFields`. For the reflector, which keeps the
 * result instead of the managed fields, and for the executor, which puts such an object back whole.
 */

/** Fields that a person adds on purpose and that end by themselves: `kubectl rollout restart` marks the pod template. */
const PERMITTED = /\.f:annotations\.f:kubectl\.kubernetes\.io\/restartedAt$/;
/** Parts of an object that are not its content, or that are shared by nature. */
const NOT_CONTENT = new Set(['f:metadata', 'f:status', 'f:apiVersion', 'f:kind']);
/** Bound on the fields that are named for one object. */
export const FOREIGN_FIELDS_MAX = 8;

interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/**
 * Fields that a manager other than ours owns and no manager of ours owns, for example `f:spec.f:template.f:hostNetwork`; at most
 * {@link FOREIGN_FIELDS_MAX}. Metadata, status and what came through a subresource do not count. Fields that the API server sets as
 * defaults have no owner, so they do not count either.
 */
export function foreignFields(
  managedFields: readonly unknown[] | undefined,
  isOwnManager: (manager: string) => boolean,
): readonly string[] {
  const entries = (managedFields ?? []) as readonly ManagedFieldsEntry[];
  const isOwn = ({ manager = '' }: ManagedFieldsEntry): boolean => isOwnManager(manager);
  const content = entries.filter(({ subresource = '' }) => subresource === '');
  const others = new Set(content.filter((entry) => !isOwn(entry)).flatMap(contentLeaves));
  if (others.size === 0) return [];
  for (const leaf of content.filter(isOwn).flatMap(contentLeaves)) others.delete(leaf);
  return [...others].filter((leaf) => !PERMITTED.test(leaf)).slice(0, FOREIGN_FIELDS_MAX);
}

function contentLeaves({ fieldsV1 = {} }: ManagedFieldsEntry): readonly string[] {
  return Object.entries(fieldsV1).flatMap(([part, fields]) => (NOT_CONTENT.has(part) ? [] : leavesOf(fields, part)));
}

/** A member `.` says that the manager owns the item or map itself. That matters only for an item or map that has no other field. */
function leavesOf(fields: unknown, path: string): readonly string[] {
  const members = Object.entries((fields ?? {}) as Readonly<Record<string, unknown>>).filter(([name]) => name !== '.');
  return members.length === 0 ? [path] : members.flatMap(([name, member]) => leavesOf(member, `${path}.${name}`));
}
