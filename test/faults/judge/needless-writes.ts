/** Finds writes to the API server that changed nothing, for the judge of the fault plans. */
import type { LoggedRequest } from '../proxy/strike-request.ts';

/**
 * Applies that one process sent twice, byte for byte, although it had received the first answer: nothing had changed in between, so
 * the answer is the very same object. A process that reads its own writes makes none. Pure.
 */
export function needlessWrites(requests: readonly LoggedRequest[]): readonly LoggedRequest[] {
  const last = new Map<string, { readonly body: string; readonly version: string }>();
  return requests.filter(({ request, body, answer, statusCode }) => {
    if (request.verb !== 'apply' || statusCode !== 200) return false;
    const key = `${request.path} ${request.query.get('fieldManager') ?? ''}`;
    const version = (JSON.parse(answer) as { readonly metadata: { readonly resourceVersion: string } }).metadata.resourceVersion;
    const before = last.get(key);
    last.set(key, { body, version });
    return before?.body === body && before.version === version;
  });
}
