/** Parses a request to the API server into the terms of fault plans. */
import { withoutUids } from '../world/normalise.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'apply' | 'patch' | 'delete';

export interface ApiRequest {
  readonly verb: Verb;
  /** Plural, `deployments`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** Path without a query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly isWrite: boolean;
}

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
/** The prober asks the API server in this form again and again. The server answers and stores nothing. */
const QUESTIONS = 'subjectaccessreviews';

/** Undefined for requests that do not concern objects: discovery, `/readyz`. */
export function parseApiRequest(method: string, target: string, body: string): ApiRequest | undefined {
  const url = new URL(target, 'http://proxy');
  const match =
    /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>[^/]+))?$/.exec(
      url.pathname,
    )?.groups;
  const resource = match?.['resource'];
  if (resource === undefined) return undefined;
  const verb = verbOf(method, url.searchParams, match?.['name'] !== undefined, body);
  if (verb === undefined) return undefined;
  return {
    verb,
    resource,
    namespace: match?.['namespace'],
    name: match?.['name'] ?? (verb === 'create' ? nameIn(body) : undefined),
    subresource: match?.['subresource'],
    path: url.pathname,
    query: url.searchParams,
    isWrite: !READS.has(verb) && resource !== QUESTIONS,
  };
}

/**
 * The signature of a request, which is the same in every run: `apply deployments/main-exec`, `apply strategies/btc/status`, `list secrets`.
 * Events have names of chance, names of keys hold the uid of a Strategy, and leases are renewed by the clock.
 */
export function signatureOf({ verb, resource, name, subresource }: ApiRequest): string {
  const address = name === undefined || resource === 'events' ? '' : `/${withoutUids(name)}`;
  return `${verb} ${resource}${address}${subresource === undefined ? '' : `/${subresource}`}`;
}

function verbOf(method: string, query: URLSearchParams, isNamed: boolean, body: string): Verb | undefined {
  switch (method) {
    case 'GET':
      return isNamed ? 'get' : query.get('watch') === 'true' ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PATCH':
      return query.get('force') !== null || body.startsWith('{"apiVersion"') ? 'apply' : 'patch';
    case 'DELETE':
      return 'delete';
    default:
      return undefined;
  }
}

function nameIn(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { readonly metadata?: { readonly name?: string } }).metadata?.name;
  } catch {
    return undefined;
  }
}
