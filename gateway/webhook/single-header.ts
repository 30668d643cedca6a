/**
 * The value of a header that stands in the request exactly once; undefined when it is missing or doubled.
 *
 * `rawHeaders` alternates names and values as received: Node's joined view hides that a header came twice, and a proxy before us may
 * have looked at the other one.
 */
export function singleHeader(rawHeaders: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== name) continue;
    if (value !== undefined) return undefined;
    value = rawHeaders[index + 1];
  }
  return value;
}
