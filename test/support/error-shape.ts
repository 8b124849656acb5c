import { expect } from 'vitest';
import { type JsonObject, objectAt, stringAt } from '../../src/core/json.ts';
import type { Answer } from './call.ts';

/** Error types that the Messages API knows (`anthropic-surface.md` §10, `clients.md` §5.3). */
const ERROR_TYPES = [
  'invalid_request_error',
  'authentication_error',
  'billing_error',
  'permission_error',
  'not_found_error',
  'conflict_error',
  'request_too_large',
  'rate_limit_error',
  'timeout_error',
  'api_error',
  'overloaded_error',
];

/** Who an error can come from (`reliability.md` U1). */
const ERROR_SOURCES = ['gateway', 'upstream'];

/** What is wrong with an answer that should be an error in Anthropic's shape; empty when nothing is. */
export function shapeFaults(answer: Answer): string[] {
  const faults: string[] = [];
  if (!answer.headers['content-type']?.startsWith('application/json')) faults.push('content-type is not JSON');
  const id = answer.headers['request-id'];
  if (!id?.startsWith('req_')) faults.push(`request-id is ${id}`);
  const source = answer.headers['x-gateway-error-source'];
  if (!ERROR_SOURCES.includes(source ?? '')) faults.push(`x-gateway-error-source is ${source}`);
  let body: ReturnType<Answer['json']>;
  try {
    body = answer.json();
  } catch {
    return [...faults, `body is not JSON: ${answer.text.slice(0, 200)}`];
  }
  const error = objectAt(body, 'error') ?? {};
  if (body['type'] !== 'error') faults.push('type is not "error"');
  if (body['request_id'] !== id) faults.push(`request_id ${String(body['request_id'])} is not the header's ${id}`);
  if (!ERROR_TYPES.includes(stringAt(error, 'type') ?? '')) faults.push(`error.type is ${String(error['type'])}`);
  if (!stringAt(error, 'message')) faults.push('error.message is missing');
  return faults;
}

/** What is wrong with an answer that should be an error in OpenAI's shape; empty when nothing is. */
export function openAiShapeFaults(answer: Answer): string[] {
  const faults: string[] = [];
  if (!answer.headers['content-type']?.startsWith('application/json')) faults.push('content-type is not JSON');
  const id = answer.headers['x-request-id'];
  if (!id?.startsWith('req_') || id !== answer.headers['request-id']) faults.push(`x-request-id is ${id}`);
  const source = answer.headers['x-gateway-error-source'];
  if (!ERROR_SOURCES.includes(source ?? '')) faults.push(`x-gateway-error-source is ${source}`);
  let error: JsonObject;
  try {
    error = objectAt(answer.json(), 'error') ?? {};
  } catch {
    return [...faults, `body is not JSON: ${answer.text.slice(0, 200)}`];
  }
  if (Object.keys(error).join() !== 'message,type,param,code') faults.push(`error has ${Object.keys(error).join()}`);
  if (!stringAt(error, 'message')) faults.push('error.message is missing');
  if (!stringAt(error, 'type')) faults.push('error.type is missing');
  return faults;
}

/** Asserts an error in Anthropic's shape, and gives its type and message. */
export function expectError(answer: Answer, status: number, type: string): string {
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status });
  expect(shapeFaults(answer)).toEqual([]);
  const error = objectAt(answer.json(), 'error') ?? {};
  expect(error['type']).toBe(type);
  return stringAt(error, 'message') ?? '';
}
