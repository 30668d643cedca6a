/** Gives each local cluster its own range of loopback addresses for pods. */
import { createHash } from 'node:crypto';

/** Addresses of one range: a /22 less its first and last. */
export const POD_ADDRESSES_MAX = 1_022;

/** The pods' loopback addresses of one clone: 127.`second`.`third`…`third + 3`.x */
export interface PodRange {
  readonly second: number;
  /** A multiple of 4. */
  readonly third: number;
}

/** A range of its own for every state folder and offset (one of 16,000), so that two clones' pods do not meet. 127.0.x.x stays free. */
export function podRange(stateDir: string, offset: number): PodRange {
  const digest = createHash('sha256').update(`${stateDir}\n${offset}`).digest();
  return { second: 1 + (digest.readUInt16BE(0) % 254), third: (digest.readUInt8(2) % 64) * 4 };
}

/** The address at `index`, 0 ≤ index < {@link POD_ADDRESSES_MAX}. */
export function podAddress(range: PodRange, index: number): string {
  const position = index + 1;
  return `127.${range.second}.${range.third + (position >> 8)}.${position & 255}`;
}

/** The first address that is not in use; undefined when all are. */
export function freePodAddress(range: PodRange, used: ReadonlySet<string>): string | undefined {
  for (let index = 0; index < POD_ADDRESSES_MAX; index += 1) {
    const address = podAddress(range, index);
    if (!used.has(address)) return address;
  }
  return undefined;
}

export function formatPodRange(range: PodRange): string {
  return `127.${range.second}.${range.third}.0/22`;
}
