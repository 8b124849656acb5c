import { expect, test } from 'vitest';
import { matchTotp, otpauthUri, toBase32, totpCode } from './totp.ts';

const SECRET = Buffer.from('12345678901234567890');

test('the codes are those of RFC 6238, appendix B', () => {
  const vectors: [seconds: number, code: string][] = [
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ];
  for (const [seconds, code] of vectors) expect(totpCode(SECRET, Math.floor(seconds / 30), 8)).toBe(code);
});

test('the codes are those of RFC 4226, appendix D', () => {
  const codes = ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'];
  expect(codes.map((_, step) => totpCode(SECRET, step))).toEqual(codes);
});

test('a code holds in its step, the one before and the one after, and tells which step it is of', () => {
  const now = 1_000_000_000_000;
  const step = Math.floor(now / 30_000);
  for (const near of [step - 1, step, step + 1]) expect(matchTotp(SECRET, totpCode(SECRET, near), now)).toBe(near);
  for (const far of [step - 2, step + 2]) expect(matchTotp(SECRET, totpCode(SECRET, far), now)).toBeUndefined();
  for (const wrong of ['', '12345', 'abcdef', `${totpCode(SECRET, step)}0`, 'é'.repeat(6)]) {
    expect(matchTotp(SECRET, wrong, now)).toBeUndefined();
  }
});

test('secrets are written in the base32 of RFC 4648', () => {
  const vectors = {
    '': '',
    f: 'MY',
    fo: 'MZXQ',
    foo: 'MZXW6',
    foob: 'MZXW6YQ',
    fooba: 'MZXW6YTB',
    foobar: 'MZXW6YTBOI',
  };
  for (const [text, written] of Object.entries(vectors)) expect(toBase32(Buffer.from(text))).toBe(written);
  expect(otpauthUri(SECRET, 'ann@example.org')).toBe(
    'otpauth://totp/EZModel%3Aann%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=EZModel&algorithm=SHA1&digits=6&period=30',
  );
});
