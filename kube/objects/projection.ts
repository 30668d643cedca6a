/** The part of a live object that a manifest names. Pure. */
import { sameJson } from './same-json.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The part of `live` that `shape` names, and which server-side apply of `shape` sets.
 *
 * Items of lists are matched by their `name` or `type`, as the API server merges them. Other lists of equal length are matched by position. Of
 * other lists of different length, the live list is taken whole, so that the difference shows.
 */
export function project(live: unknown, shape: unknown): unknown {
  if (Array.isArray(shape)) return Array.isArray(live) ? projectList(live, shape) : live;
  if (!isObject(shape)) return live;
  if (!isObject(live)) return live;
  const projected: Record<string, unknown> = {};
  for (const key of Object.keys(shape)) if (shape[key] !== undefined) projected[key] = project(live[key], shape[key]);
  return projected;
}

/** Whether two objects have equal values in all fields that `shape` names, that is, whether `project` of both is equal. */
export function sameWithin(shape: unknown, left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (!isObject(shape) || !isObject(left) || !isObject(right)) return sameJson(project(left, shape), project(right, shape));
  return Object.keys(shape).every((key) => shape[key] === undefined || sameWithin(shape[key], left[key], right[key]));
}

/** Paths of the fields that `shape` names and whose values differ, such as `spec.replicas`. A list is one field. */
export function differingPaths(shape: unknown, left: unknown, right: unknown, path = ''): readonly string[] {
  if (sameWithin(shape, left, right)) return [];
  if (!isObject(shape) || !isObject(left) || !isObject(right)) return [path];
  return Object.keys(shape).flatMap((key) =>
    shape[key] === undefined ? [] : differingPaths(shape[key], left[key], right[key], path === '' ? key : `${path}.${key}`),
  );
}

function projectList(live: readonly unknown[], shape: readonly unknown[]): readonly unknown[] {
  for (const mergeKey of ['name', 'type']) {
    if (!shape.every((item) => isObject(item) && typeof item[mergeKey] === 'string')) continue;
    const byKey = new Map(live.flatMap((item) => (isObject(item) ? [[item[mergeKey], item] as const] : [])));
    return shape.map((item) => project(byKey.get((item as JsonObject)[mergeKey]) ?? null, item));
  }
  return live.length === shape.length ? shape.map((item, index) => project(live[index], item)) : live;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
