import { lookup as resolveName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** An outgoing connection was about to reach an address that its channel may not use (law SSRF). */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'EADDRREFUSED';
}

/** Addresses that are not on the public internet (IANA special-purpose registries); tunnels that can carry them included. */
const NOT_GLOBAL = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  NOT_GLOBAL.addSubnet(network, prefix, 'ipv4');
}

/** Only 2000::/3 is global unicast; within it, these are not. */
const GLOBAL_V6 = new BlockList();
GLOBAL_V6.addSubnet('2000::', 3, 'ipv6');
const NOT_GLOBAL_V6 = new BlockList();
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  NOT_GLOBAL_V6.addSubnet(network, prefix, 'ipv6');
}

/** Addresses that serve no upstream even where private ones are allowed: cloud metadata, multicast, unspecified. */
const NEVER = new BlockList();
NEVER.addSubnet('169.254.0.0', 16, 'ipv4');
NEVER.addSubnet('224.0.0.0', 4, 'ipv4');
NEVER.addSubnet('fe80::', 10, 'ipv6');
NEVER.addSubnet('ff00::', 8, 'ipv6');
NEVER.addAddress('0.0.0.0', 'ipv4');
NEVER.addAddress('::', 'ipv6');
// Metadata and control services of clouds that stand outside the link-local range.
for (const address of ['100.100.100.200', '168.63.129.16', '192.0.0.192']) NEVER.addAddress(address, 'ipv4');
for (const address of ['fd00:ec2::254', 'fd20:ce::254']) NEVER.addAddress(address, 'ipv6');
// 169.254.0.0/16 through NAT64 and 6to4.
NEVER.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
NEVER.addSubnet('2002:a9fe::', 32, 'ipv6');

/** Whether a channel may connect to an IP address. */
export function isAddressAllowed(address: string, privateAllowed: boolean): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isAddressAllowed(mapped, privateAllowed);
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  if (NEVER.check(address, kind)) return false;
  if (privateAllowed) return true;
  if (family === 4) return !NOT_GLOBAL.check(address, 'ipv4');
  return GLOBAL_V6.check(address, 'ipv6') && !NOT_GLOBAL_V6.check(address, 'ipv6');
}

/**
 * Checks a host written as an address: connecting to one asks no resolver, so `guardedLookup` never sees it.
 * @throws AddressRefusedError
 */
export function checkLiteralHost(hostname: string, privateAllowed: boolean): void {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isAddressAllowed(host, privateAllowed)) {
    throw new AddressRefusedError(`the address ${host} is not allowed for this channel`);
  }
}

/** A resolver for `net.connect` that answers only with addresses the channel may use, so that no later answer can differ. */
export function guardedLookup(privateAllowed: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const allowed = addresses.filter(({ address }) => isAddressAllowed(address, privateAllowed));
      const [first] = allowed;
      if (!first) return callback(new AddressRefusedError(`${hostname} resolves to no address allowed here`), []);
      return options.all ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}
