/** The part of a live object that a manifest speaks about. Pure. */
import { sameJson } from './same-json.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The part of `live` that `shape` speaks about: what server-side apply with this shape decides.
 *
 * Lists of objects with a `name` or `type` are matched by it, as the API server merges them; other lists of equal length by position; of
 * different length the live list is taken whole, so that a difference shows.
 */
export function project(live: unknown, shape: unknown): unknown {
  if (Array.isArray(shape)) return Array.isArray(live) ? projectList(live, shape) : live;
  if (!isObject(shape)) return live;
  if (!isObject(live)) return live;
  const projected: Record<string, unknown> = {};
  for (const key of Object.keys(shape)) if (shape[key] !== undefined) projected[key] = project(live[key], shape[key]);
  return projected;
}

/** Whether two objects are the same as far as `shape` speaks about them: `project` of both is the same. */
export function sameWithin(shape: unknown, left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (!isObject(shape) || !isObject(left) || !isObject(right)) return sameJson(project(left, shape), project(right, shape));
  return Object.keys(shape).every((key) => shape[key] === undefined || sameWithin(shape[key], left[key], right[key]));
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
