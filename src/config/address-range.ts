const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/** An address with how many of its bits count. */
export type AddressRange = { address: string; bits: number; family: 'ipv4' | 'ipv6' };

/** An address or a range in CIDR form: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`; undefined for any other text. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const family = familyOf(address);
  if (family === undefined || rest.length > 0) return undefined;
  const most = family === 'ipv6' ? 128 : 32;
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > most)) return undefined;
  return { address, bits: bits === undefined ? most : Number(bits), family };
}

function familyOf(address: string): AddressRange['family'] | undefined {
  if (V4.test(address)) return 'ipv4';
  return /^[\da-f:.]+$/i.test(address) && URL.canParse(`http://[${address}]/`) ? 'ipv6' : undefined;
}
