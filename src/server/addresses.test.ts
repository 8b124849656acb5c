import { expect, test } from 'vitest';
import { parseAddressRange } from '../config/address-range.ts';
import { addressList, allowAddress, clientAddress } from './addresses.ts';

test.each([
  [['10.0.0.0/8'], '10.1.2.3', true],
  [['10.0.0.0/8'], '11.0.0.1', false],
  [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
  [['10.0.0.0/8'], '::ffff:11.1.2.3', false],
  [['192.0.2.7'], '192.0.2.7', true],
  [['192.0.2.7'], '192.0.2.8', false],
  [['2001:db8::/32'], '2001:db8:1::5', true],
  [['2001:db8::/32'], '2001:db9::1', false],
  [['0.0.0.0/0'], '2001:db8::1', false],
  [['0.0.0.0/0'], '203.0.113.9', true],
  [[], '10.0.0.1', false],
  [['nonsense'], '10.0.0.1', false],
  [['10.0.0.0/8'], 'unknown', false],
])('%j holds %s: %s', (ranges, address, isIn) => {
  expect(addressList(ranges)(address)).toBe(isIn);
});

test.each([
  ['10.0.0.0/8', true],
  ['::/0', true],
  ['10.0.0.0/33', false],
  ['10.0.0.0/8/8', false],
  ['10.0.0', false],
  ['fe80::1%eth0', false],
  ['', false],
])('%s is a range: %s', (text, isRange) => {
  expect(parseAddressRange(text) !== undefined).toBe(isRange);
});

test.each([
  ['203.0.113.9', '10.9.9.9', '203.0.113.9'],
  ['10.0.0.1', undefined, '10.0.0.1'],
  ['10.0.0.1', '198.51.100.7', '198.51.100.7'],
  ['10.0.0.1', 'spoofed, 198.51.100.7', '198.51.100.7'],
  ['10.0.0.1', '1.2.3.4, 198.51.100.7, 10.0.0.2', '198.51.100.7'],
  ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
])('a connection of %s that says %s comes from %s', (remote, forwarded, client) => {
  expect(clientAddress(remote, forwarded, addressList(['10.0.0.0/8']))).toBe(client);
});

test('an address must be in the list of the key and in that of the project', () => {
  const ipLists = [['10.0.0.0/8'], ['10.1.0.0/16']];
  expect(() => allowAddress({ ipLists }, '10.1.0.1')).not.toThrow();
  expect(() => allowAddress({ ipLists }, '10.2.0.1')).toThrow('from this address');
  expect(() => allowAddress({ ipLists: [] }, 'unknown')).not.toThrow();
});
