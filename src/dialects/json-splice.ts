import type { Edit } from '../core/dialect.ts';
import { findMemberToRemove, findValue } from './json-scan.ts';

const ENCODER = new TextEncoder();

/**
 * Replaces values in raw JSON and leaves every other byte as it is: key order, spacing and number text survive (law
 * Relay). An edit whose last key is missing is added at the end of its object; one whose object is missing is skipped.
 * @param bytes JSON that `JSON.parse` accepts.
 */
export function spliceJson(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  return edits.reduce(applyEdit, bytes);
}

/**
 * Takes members out of raw JSON, each with its key and a comma, and leaves every other byte as it is; a path that leads nowhere
 * is skipped.
 * @param bytes JSON that `JSON.parse` accepts.
 */
export function removeMembers(bytes: Uint8Array, paths: readonly (readonly string[])[]): Uint8Array {
  return paths.reduce((rest, path) => {
    const span = findMemberToRemove(rest, path);
    return span ? Buffer.concat([rest.subarray(0, span.start), rest.subarray(span.end)]) : rest;
  }, bytes);
}

function applyEdit(bytes: Uint8Array, edit: Edit): Uint8Array {
  const value = ENCODER.encode(JSON.stringify(edit.value));
  const found = findValue(bytes, edit.path);
  if (found) return Buffer.concat([bytes.subarray(0, found.start), value, bytes.subarray(found.end)]);
  return appendMember(bytes, edit.path, value);
}

function appendMember(bytes: Uint8Array, path: readonly string[], value: Uint8Array): Uint8Array {
  const key = path.at(-1);
  const parent = findValue(bytes, path.slice(0, -1));
  if (key === undefined || !parent || bytes[parent.start] !== 0x7b) return bytes;
  const closing = parent.end - 1;
  const isEmpty =
    Buffer.from(bytes.subarray(parent.start + 1, closing))
      .toString('latin1')
      .trim() === '';
  const member = ENCODER.encode(`${isEmpty ? '' : ','}${JSON.stringify(key)}:`);
  return Buffer.concat([bytes.subarray(0, closing), member, value, bytes.subarray(closing)]);
}
