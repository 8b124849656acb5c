import { describe, expect, test } from 'vitest';
import { AddressRefusedError, checkLiteralHost, guardedLookup, isAddressAllowed } from './address-guard.ts';

/** Reached by every channel. */
const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '::ffff:8.8.8.8',
  '2606:4700:4700::1111',
  '2a00:1450:4001::1',
  '2001:4860:4860::8888',
];

/** Reached only where the operator wrote the address himself. */
const PRIVATE = [
  '0.0.0.1',
  '0.255.255.255',
  '10.0.0.0',
  '10.255.255.255',
  '100.64.0.0',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '192.168.255.255',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.9',
  '240.0.0.1',
  '255.255.255.255',
  '::1',
  '::ffff:10.0.0.1',
  '::FFFF:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:a00:1',
  '::127.0.0.1',
  '0:0:0:0:0:0:0:1',
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:0:7f00:1::',
  '2001:db8::1',
  '2002:7f00:1::1',
  '2002:a00:1::1',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd12:3456:789a::1',
  'fec0::1',
];

/** Reached by no channel. */
const NEVER = [
  '0.0.0.0',
  '::',
  '0:0:0:0:0:0:0:0',
  '169.254.0.1',
  '169.254.169.254',
  '169.254.170.2',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '0:0:0:0:0:ffff:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::169.254.169.254',
  '2002:a9fe:a9fe::1',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd20:ce::254',
  'fe80::1',
  'febf::1',
  '224.0.0.1',
  '239.255.255.255',
  'ff02::1',
  'ff0e::1',
];

/** Not an address at all. */
const NO_ADDRESS = [
  '',
  'localhost',
  '1.2.3',
  '01.2.3.4',
  '0x7f.1',
  '2130706433',
  '1.2.3.4.5',
  ':::',
  '[::1]',
  '1.2.3.4 ',
];

describe('law SSRF: isAddressAllowed', () => {
  test.each(PUBLIC)('%s is for everyone', (address) => {
    expect([isAddressAllowed(address, false), isAddressAllowed(address, true)]).toEqual([true, true]);
  });

  test.each(PRIVATE)('%s is for channels that may use private addresses', (address) => {
    expect([isAddressAllowed(address, false), isAddressAllowed(address, true)]).toEqual([false, true]);
  });

  test.each([...NEVER, ...NO_ADDRESS])('%j is for no one', (address) => {
    expect([isAddressAllowed(address, false), isAddressAllowed(address, true)]).toEqual([false, false]);
  });

  test('a zone does not open a closed address', () => {
    expect([isAddressAllowed('fe80::1%lo', false), isAddressAllowed('fe80::1%lo', true)]).toEqual([false, false]);
  });
});

describe('law SSRF: hosts written as addresses', () => {
  test.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[0:0:0:0:0:ffff:7f00:1]/',
    'http://10.1.2.3:8080/',
    'http://①②⑦.0.0.1/',
  ])('%s is refused without leave', (url) => {
    const { hostname } = new URL(url);
    expect(() => checkLiteralHost(hostname, false)).toThrow(AddressRefusedError);
    expect(() => checkLiteralHost(hostname, true)).not.toThrow();
  });

  test.each(['http://169.254.169.254/', 'http://[::ffff:169.254.169.254]/', 'http://[fd00:ec2::254]/', 'http://0/'])(
    '%s is always refused',
    (url) => {
      expect(() => checkLiteralHost(new URL(url).hostname, true)).toThrow(AddressRefusedError);
    },
  );

  test('a name is left to the resolver', () => {
    expect(() => checkLiteralHost('localhost', false)).not.toThrow();
    expect(() => checkLiteralHost('8.8.8.8', false)).not.toThrow();
  });
});

describe('law SSRF: guardedLookup', () => {
  const look = (privateAllowed: boolean, all: boolean) =>
    new Promise<{ error: unknown; address: unknown; family: unknown }>((resolve) => {
      guardedLookup(privateAllowed)('localhost', { all }, (error, address, family) =>
        resolve({ error, address, family }),
      );
    });

  test('answers with no address that the channel may not use', async () => {
    expect((await look(false, true)).error).toBeInstanceOf(AddressRefusedError);
    expect((await look(false, false)).error).toBeInstanceOf(AddressRefusedError);
  });

  test('answers as node:net asks, with one address or all', async () => {
    const one = await look(true, false);
    expect(one.error).toBeNull();
    expect(['127.0.0.1', '::1']).toContain(one.address);
    const all = await look(true, true);
    expect(all.address).toContainEqual({ address: one.address, family: one.family });
  });

  test('U1 passes on that a name is unknown', async () => {
    const { error } = await new Promise<{ error: unknown }>((resolve) => {
      guardedLookup(true)('name.invalid', { all: true }, (failure) => resolve({ error: failure }));
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(AddressRefusedError);
  });
});
