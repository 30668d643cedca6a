/** Gets the verdicts of zod and of the API server about one spec. */
import type { ResourceKind } from '@flotilla/contracts/resources/catalogue.ts';
import { describeIssues } from '@flotilla/contracts/records/read-record.ts';
import { type Cluster, isAlreadyExists, type KubeObject } from '@flotilla/kube/mod.ts';
import { objectOf, resourceOf, resourceType } from '../crd-server.ts';

export interface Verdict {
  readonly accepted: boolean;
  /** The spec with its defaults, as JSON with sorted keys, or why it is refused. */
  readonly says: string;
}

export function zodVerdict(kind: ResourceKind, spec: unknown): Verdict {
  const parsed = resourceOf(kind).spec.safeParse(spec);
  return parsed.success ? { accepted: true, says: sortedJson(parsed.data) } : { accepted: false, says: describeIssues(parsed.error) };
}

/** By a creation that is only tried: nothing is kept. @throws ClusterError when the server did not judge it */
export async function serverVerdict(kind: ResourceKind, spec: unknown, cluster: Cluster): Promise<Verdict> {
  try {
    const object = objectOf(kind, 'random', spec);
    const answer = await cluster.create<KubeObject & { readonly spec?: unknown }>(resourceType(kind), object, { dryRun: true });
    return { accepted: true, says: sortedJson(answer.spec ?? null) };
  } catch (error) {
    if (!isRefusal(error) || isAlreadyExists(error)) throw error;
    return { accepted: false, says: error.message.slice(0, 2_000) };
  }
}

/** 400: unknown fields and wrong types of the outermost; 422: everything else. */
function isRefusal(error: unknown): error is Error {
  const status = (error as { readonly statusCode?: unknown }).statusCode;
  return error instanceof Error && (status === 400 || status === 422);
}

/** Not canonical JSON, which refuses half a surrogate pair. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
