import pg from 'pg';
import { StoreError } from '../failure.ts';

/** PostgreSQL's type numbers whose text means a number to us: int8, and numeric, which sums of int8 are. */
const INT8 = 20;
const NUMERIC = 1700;
const BYTEA = 17;

/** How values come back: whole numbers as numbers, bytes as `Uint8Array`, all else as `pg` has it. */
export const typeParsers = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === BYTEA) return readBytes;
    return oid === INT8 || oid === NUMERIC ? readNumber : pg.types.getTypeParser(oid, format);
  },
};

/** Bytes are written as `\x` and hexadecimal digits. */
function readBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.slice(2), 'hex'));
}

/** @throws StoreError `rejected` for a whole number that a JavaScript number cannot hold exactly. */
function readNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new StoreError('rejected', `${text} is too large a number`);
  }
  return value;
}
