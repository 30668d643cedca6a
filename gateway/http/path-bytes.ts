/**
 * Keeps the bytes of a path apart from text, for the server of webhooks. The router decodes a path as UTF-8 and refuses a path that is not, but a
 * secret in a path is bytes. So each byte above 0x7f goes through the router as the character of the same number. Pure.
 */

const HIGH_BYTE = /%([89A-Fa-f][0-9A-Fa-f])/g;
const PATH_END = /[?#]/;

/** The URL in which each percent-encoded byte above 0x7f of the path is the percent-encoded character U+0080 to U+00FF. */
export function keepPathBytes(url: string): string {
  if (!url.includes('%')) return url;
  const end = url.search(PATH_END);
  const path = end === -1 ? url : url.slice(0, end);
  return (
    path.replace(HIGH_BYTE, (_, digits: string) => encodeURIComponent(String.fromCharCode(Number.parseInt(digits, 16)))) +
    url.slice(path.length)
  );
}

/** The bytes of a decoded segment of such a URL. */
export function segmentBytes(segment: string): Uint8Array {
  return Buffer.from(segment, 'latin1');
}
