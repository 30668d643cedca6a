/** Lists the edits that another client can make to the fields of an applied manifest. Pure. */
import type { KubeObject } from '@flotilla/kube/mod.ts';

/** RFC 6902. */
export interface PatchOperation {
  readonly op: 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

export interface Edit {
  /** `spec.template.spec.containers.agent.image: changed`. */
  readonly title: string;
  /** The values are tried in turn until the API server accepts one. */
  readonly candidates: readonly PatchOperation[];
}

/** Fields that name the object are not edited. */
const NAMES = /^(apiVersion|kind|metadata\.(name|namespace|uid))$/;
const TIME = /^\d{4}-\d{2}-\d{2}T/;
/** Other values of the enumerations in our manifests. */
const OTHER_WORDS = [
  'Never',
  'Recreate',
  'RollingUpdate',
  'UDP',
  'SCTP',
  'Unconfined',
  'ClusterIP',
  'False',
  'True',
  'Halted',
  'Paused',
  'Blocked',
  'HALTED',
  'Yes',
  'No',
];

/**
 * Two for each leaf of `manifest`: another value, and none. Times are left out: no test can say which time is right. So are the keys by which
 * lists are merged: an item with another name is another item, which belongs to the writer that made it. A finalizer is only such a key.
 */
export function makeEdits(manifest: object, live: KubeObject): readonly Edit[] {
  return leavesOf(manifest, live, '', '').flatMap(({ title, pointer, value }): readonly Edit[] => {
    if (NAMES.test(title) || (typeof value === 'string' && TIME.test(value))) return [];
    const others = title.startsWith('metadata.finalizers.') ? [] : otherValues(value);
    return [
      { title: `${title}: changed`, candidates: others.map((other) => ({ op: 'replace', path: pointer, value: other })) },
      { title: `${title}: removed`, candidates: [{ op: 'remove', path: pointer }] },
    ];
  });
}

interface Leaf {
  readonly title: string;
  readonly pointer: string;
  readonly value: unknown;
}

/** Leaves of the manifest, with the place at which the live object has them. */
function leavesOf(shape: unknown, live: unknown, title: string, pointer: string): readonly Leaf[] {
  const dot = title === '' ? '' : `${title}.`;
  if (Array.isArray(shape) && shape.length > 0) {
    if (!Array.isArray(live)) return [];
    return shape.flatMap((item: unknown, index) => {
      const at = placeOf(item, index, live);
      return at === undefined ? [] : leavesOf(withoutKey(item), live[at], `${dot}${nameOf(item) ?? index}`, `${pointer}/${at}`);
    });
  }
  if (typeof shape === 'object' && shape !== null && Object.keys(shape).length > 0) {
    if (typeof live !== 'object' || live === null) return [];
    return Object.entries(shape).flatMap(([key, item]) => {
      const held = (live as Readonly<Record<string, unknown>>)[key];
      if (item === undefined || held === undefined) return [];
      return leavesOf(item, held, `${dot}${key}`, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    });
  }
  return [{ title, pointer, value: live }];
}

/** Items are merged by name or type where they have one. */
function placeOf(item: unknown, index: number, live: readonly unknown[]): number | undefined {
  const name = nameOf(item);
  if (name === undefined) return index < live.length ? index : undefined;
  const at = live.findIndex((one) => nameOf(one) === name);
  return at === -1 ? undefined : at;
}

function withoutKey(item: unknown): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const key = ['uid', 'mountPath', 'name', 'type'].find((one) => typeof (item as Readonly<Record<string, unknown>>)[one] === 'string');
  return Object.fromEntries(Object.entries(item).filter(([one]) => one !== key));
}

function nameOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { name, type, uid } = item as { readonly name?: unknown; readonly type?: unknown; readonly uid?: unknown };
  const found = uid ?? name ?? type;
  return typeof found === 'string' ? found : undefined;
}

function otherValues(value: unknown): readonly unknown[] {
  switch (typeof value) {
    case 'number':
      return [value + 1, value - 1];
    case 'boolean':
      return [!value];
    case 'string':
      return [`${value}x`, `${value}1`, value.replace(/[0-9a-f]$/, (digit) => (digit === '0' ? '1' : '0')), ...OTHER_WORDS].filter(
        (other) => other !== value,
      );
    default:
      return [];
  }
}
