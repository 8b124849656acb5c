import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A key and the certificate that it has signed for itself, both as PEM. */
export type SelfSigned = { key: string; cert: string };

/** Tags of the DER encoding (X.690) that a certificate is made of. */
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
const EXTENSIONS = 0xa3;
const IP_ADDRESS = 0x87;
const VERSION = 0xa0;

const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const ECDSA_WITH_SHA256 = der(SEQUENCE, Buffer.from('06082a8648ce3d040302', 'hex'));

/**
 * A certificate (RFC 5280) that nobody else vouches for.
 * @param address the IPv4 address that it is for.
 * @param from the year at whose start it becomes valid; at the start of `to` it has expired.
 */
export function selfSigned(address: string, from: number, to: number): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  // A name of its own: issuers are looked up by name.
  const commonName = Buffer.from(`nobody ${randomBytes(8).toString('hex')}`);
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, commonName))));
  const addresses = der(SEQUENCE, der(IP_ADDRESS, Buffer.from(address.split('.').map(Number))));
  const toBeSigned = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, startOf(from), startOf(to)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, der(SEQUENCE, der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, addresses)))),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', toBeSigned, privateKey));
  const certificate = der(SEQUENCE, toBeSigned, ECDSA_WITH_SHA256, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`,
  };
}

function startOf(year: number): Buffer {
  return der(UTC_TIME, Buffer.from(`${String(year).slice(-2)}0101000000Z`));
}

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
