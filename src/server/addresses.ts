import { BlockList, isIP } from 'node:net';
import type { Principal } from '../access/principal.ts';
import { parseAddressRange } from '../config/address-range.ts';
import { GatewayError } from '../core/error.ts';
import { RecentMap } from '../core/recent-map.ts';

/** Whether an address is in one of a list of ranges. */
export type AddressList = (address: string) => boolean;

/** The list of these ranges; IPv4 addresses mapped to IPv6 (`::ffff:…`) count as what they are. What is no range lets nobody in. */
export function addressList(ranges: readonly string[]): AddressList {
  const list = new BlockList();
  for (const range of ranges) {
    const parts = parseAddressRange(range);
    if (parts !== undefined) list.addSubnet(parts.address, parts.bits, parts.family);
  }
  return (written) => {
    const address = plainAddress(written);
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
}

function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address;
}

/**
 * Where a request comes from: the nearest address that is not one of our own proxies. `X-Forwarded-For` is read from the right,
 * and only as far as each hop behind it is trusted, so that a client cannot choose its address.
 */
export function clientAddress(remote: string, forwardedFor: string | undefined, isTrusted: AddressList): string {
  const hops = forwardedFor?.split(',').map((hop) => hop.trim()) ?? [];
  let address = remote;
  for (let hop = hops.pop(); hop !== undefined && isTrusted(address); hop = hops.pop()) address = hop;
  return address;
}

const KNOWN_LISTS = 1_000;
const lists = new RecentMap<string, AddressList>(KNOWN_LISTS);

/** The list of these ranges, made once. */
export function knownList(ranges: readonly string[]): AddressList {
  const name = ranges.join(',');
  const known = lists.get(name);
  if (known !== undefined) return known;
  const list = addressList(ranges);
  lists.set(name, list);
  return list;
}

/** @throws GatewayError `permission` when the lists of key and project do not both hold the address. */
export function allowAddress({ ipLists }: Pick<Principal, 'ipLists'>, address: string): void {
  if (ipLists.every((ranges) => knownList(ranges)(address))) return;
  throw new GatewayError('permission', 'This API key may not be used from this address', { shouldRetry: false });
}
