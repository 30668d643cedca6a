/** Ranges of IP addresses in CIDR notation, for fields that name hosts. Pure. */

export interface AddressRange {
  readonly family: 4 | 6;
  /** Leading bits that every address of the range has; 0 to 32, or 0 to 128. */
  readonly prefixLength: number;
  /** The first address of the range. */
  readonly address: bigint;
}

/** Decimal IPv4, or hexadecimal IPv6 in lower case without an embedded IPv4 address, then the length of the prefix. */
export const ADDRESS_RANGE_PATTERN = /^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-f:]{2,39})\/(0|[1-9][0-9]{0,2})$/;

const GROUPS = 8;
/** The first 96 bits of an IPv6 address that stands for an IPv4 address (RFC 4291, section 2.5.5.2). */
const MAPPED = 0xff_ffn;

/** Undefined for text that is not a range, and for a range whose address has bits behind the prefix. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [, host = '', , digits = ''] = ADDRESS_RANGE_PATTERN.exec(text) ?? [];
  const family = host.includes('.') ? 4 : 6;
  const bits = family === 4 ? 32 : 128;
  const address = family === 4 ? parseIpv4(host) : parseIpv6(host);
  const prefixLength = Number(digits);
  if (address === undefined || prefixLength > bits) return undefined;
  const range = { family, prefixLength, address } as const;
  return prefixOf(range, prefixLength) << BigInt(bits - prefixLength) === address ? range : undefined;
}

/** Whether an address is in both ranges. */
export function overlap(left: AddressRange, right: AddressRange): boolean {
  const common = Math.min(left.prefixLength, right.prefixLength);
  return left.family === right.family && prefixOf(left, common) === prefixOf(right, common);
}

function prefixOf({ family, address }: AddressRange, length: number): bigint {
  return address >> BigInt((family === 4 ? 32 : 128) - length);
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  const isValid = parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
  return isValid ? parts.reduce((sum, part) => (sum << 8n) + BigInt(part), 0n) : undefined;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (text === '' || halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = [...(head ?? []), ...(tail ?? [])];
  if (!given.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  if (halves.length === 1 ? given.length !== GROUPS : given.length >= GROUPS) return undefined;
  const groups = [...(head ?? []), ...Array.from({ length: GROUPS - given.length }, () => '0'), ...(tail ?? [])];
  const address = groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
  return address >> 32n === MAPPED ? undefined : address;
}
