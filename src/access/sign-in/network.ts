/**
 * Where an address is counted: an IPv6 address with all of its /64, since whoever has one of them has them all; others alone.
 */
export function networkOf(address: string): string {
  if (address.length > 64 || !/^[\da-f]*:[\da-f:]*:[\da-f]*(?:%.*)?$/i.test(address)) return address;
  const [head = '', tail] = address.replace(/%.*/, '').split('::');
  const groups = head.split(':').filter(Boolean);
  const end = (tail ?? '').split(':').filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - end.length) }, () => '0');
  const network = [...groups, ...zeros, ...end].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
