/** Lists a kind in pages, as of one resource version. */
import type { ListResult, ListScope } from './cluster.ts';
import { isExpired } from '../transport/cluster-error.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { METADATA_LIST_ACCEPT, scopeQuery } from './list-scope.ts';
import { resourcePath, type ResourceType } from '../objects/resource-type.ts';
import type { Transport } from '../transport/transport.ts';

export const LIST_PAGE_ITEMS = 500;

interface ListBody<T> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[] | null;
}

/** The whole list as of one resource version. When the server compacts that version away between two pages, lists again in one request. */
export async function listPages<T extends KubeObject>(
  transport: Transport,
  type: ResourceType,
  scope: ListScope,
  signal: AbortSignal | undefined,
): Promise<ListResult<T>> {
  const page = async (limit: number | undefined, token: string | undefined): Promise<ListBody<T>> =>
    (await transport.request({
      method: 'GET',
      path: resourcePath(type, { namespace: scope.namespace }),
      query: { ...scopeQuery(scope), limit, continue: token },
      accept: scope.metadataOnly === true ? METADATA_LIST_ACCEPT : 'application/json',
      signal,
    })) as ListBody<T>;

  const items: T[] = [];
  let token: string | undefined;
  for (;;) {
    let body: ListBody<T>;
    try {
      body = await page(LIST_PAGE_ITEMS, token);
    } catch (error) {
      if (token === undefined || !isExpired(error)) throw error;
      body = await page(undefined, undefined);
      items.length = 0;
    }
    // The server leaves `apiVersion` and `kind` out of list items, and readers of an object need them.
    for (const item of body.items ?? []) items.push({ ...item, apiVersion: type.apiVersion, kind: type.kind });
    token = body.metadata.continue;
    if (token === undefined || token === '') return { items, resourceVersion: body.metadata.resourceVersion };
  }
}
