/**
 * Gives the part of the world that must be the same after every run. Pure.
 *
 * Taken out: identities that differ in every run (uids, resource versions, hashes over them, random keys), times, counts of how often
 * something was written (generations), and the proof of permissions as long as it finds no leak. A reference to an owner becomes a statement
 * whether that owner lives.
 */
import type { KubeObject } from '@flotilla/kube/mod.ts';

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** Where a uid or a resource version went into a hash, the hash differs too. */
const VOLATILE_KEYS = new Set([
  'flotilla.dev/applied-hash',
  'flotilla.dev/config-hash',
  'clusterIP',
  'clusterIPs',
  'generation',
  'resourceVersion',
  'creationTimestamp',
  'managedFields',
  'seq',
  // The last proof of permissions comes after its delay, and counts the principals that were there.
  'permissions',
]);

/** One object, without what differs from run to run. */
export function normaliseObject(object: KubeObject, livingUids: ReadonlySet<string>): unknown {
  const { metadata, ...rest } = object;
  const { uid: _uid, ownerReferences, ...names } = metadata;
  const owners = ownerReferences?.map(({ kind, name, uid, controller }) => ({
    kind,
    name,
    controller,
    owner: livingUids.has(uid) ? 'lives' : 'is gone',
  }));
  const content = { metadata: { ...names, ...(owners === undefined ? {} : { owners }) }, ...rest };
  const isSecret = object.kind === 'Secret';
  return normaliseValue(isSecret ? { ...content, data: Object.keys((object as { data?: object }).data ?? {}) } : content, object);
}

/** The text, with uids taken out, also those within a name. */
export function withoutUids(text: string): string {
  return text.replaceAll(UID, '<uid>');
}

/** Any JSON, by the same rules. */
export function normaliseValue(value: unknown, object?: KubeObject): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isEnforced(item)).map((item) => normaliseValue(item, object));
  if (typeof value === 'string') return TIME.test(value) ? '<time>' : withoutUids(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !VOLATILE_KEYS.has(key))
      .map(([key, item]) => {
        if (key === 'observedGeneration')
          return [key, item === object?.metadata.generation ? 'newest' : `${String(item)} of ${object?.metadata.generation ?? '?'}`];
        if (/DurationMs(Max)?$/.test(key)) return [key, '<duration>'];
        return [key, normaliseValue(item, object)];
      })
      .toSorted(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
  );
}

/** The condition that permissions are enforced: absent before the first probe. */
function isEnforced(item: unknown): boolean {
  return isRecord(item) && item['type'] === 'PermissionsEnforced' && item['status'] === 'True';
}

/** The first differences of two dumps, as `path: left | right`. */
export function differences(left: unknown, right: unknown, path = ''): readonly string[] {
  if (Object.is(left, right)) return [];
  if (isRecord(left) && isRecord(right)) {
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((key) =>
      differences(left[key], right[key], `${path}/${key}`),
    );
  }
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) {
    return left.flatMap((item, index) => differences(item, right[index], `${path}/${index}`));
  }
  return [`${path}: ${brief(left)} | ${brief(right)}`];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function brief(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= 160 ? text : `${text.slice(0, 157)}...`;
}
