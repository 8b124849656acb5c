const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The least id of an exchange that starts at `time` (Unix ms): ten digits to the base 32 after the prefix. */
export function firstIdAt(time: number): string {
  let digits = '';
  for (let rest = time; digits.length < 10; rest = Math.floor(rest / ALPHABET.length)) {
    digits = ALPHABET.charAt(rest % ALPHABET.length) + digits;
  }
  return `req_${digits}`;
}
