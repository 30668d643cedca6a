/** Gives the address of the sender: that of the socket, or the one that a trusted proxy names. Pure. */
import { BlockList, isIP } from 'node:net';

/** Addresses and CIDR ranges as a set, or a message that names the first one that is neither. */
export function makeAddressSet(entries: readonly string[]): BlockList | string {
  const set = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/', 2);
    const family = familyOf(address);
    const bitsMax = family === 'ipv4' ? 32 : 128;
    const bits = prefix === undefined ? bitsMax : /^[0-9]{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (family === undefined || !(bits <= bitsMax))
      return `expected IP addresses or CIDR ranges, found ${JSON.stringify(entry.slice(0, 64))}`;
    set.addSubnet(address, bits, family);
  }
  return set;
}

export function hasAddress(set: BlockList, address: string): boolean {
  const family = familyOf(address);
  return family !== undefined && set.check(address, family);
}

/**
 * The sender's address. Behind trusted proxies it is the last entry of `X-Forwarded-For` that no trusted proxy wrote, since anything
 * before it is the sender's own claim; without a trusted proxy the header counts for nothing.
 */
export function clientAddress(socketAddress: string, forwardedFor: string | undefined, trustedProxies: BlockList): string {
  let address = plainAddress(socketAddress);
  const hops = (forwardedFor ?? '').split(',').map((hop) => plainAddress(hop.trim()));
  while (hasAddress(trustedProxies, address)) {
    const hop = hops.pop();
    if (hop === undefined || familyOf(hop) === undefined) return address;
    address = hop;
  }
  return address;
}

/** An IPv4 address that a dual-stack socket shows as IPv6 is the IPv4 address. */
function plainAddress(address: string): string {
  return /^::ffff:[0-9.]+$/i.test(address) ? address.slice('::ffff:'.length) : address;
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const family = isIP(address);
  return family === 4 ? 'ipv4' : family === 6 ? 'ipv6' : undefined;
}
