/**
 * Compares two resource versions: negative when `left` is older, 0 when they are equal, positive when `left` is newer.
 *
 * Since Kubernetes 1.35 resource versions are comparable: decimal numbers of any length, without leading zeros.
 */
export function compareResourceVersions(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}
