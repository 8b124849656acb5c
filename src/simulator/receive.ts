import type { Operation } from '../core/dialect.ts';
import type { Json } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import type { SimulatorRequest } from './call.ts';
import { invalid, RequestRefused } from './refusal.ts';
import type { ApiVersion } from './validate/request.ts';
import { API_VERSIONS } from './validate/request.ts';

const OPERATIONS: Readonly<Record<string, Operation>> = {
  '/v1/messages': 'generate',
  '/v1/messages/count_tokens': 'count_tokens',
};

/** Largest body in bytes (`anthropic-surface.md` §3). */
const MOST_BODY_BYTES = 32 * 1024 * 1024;

/**
 * What the path asks for; its query is ignored.
 * @throws RequestRefused 404 for another path, 405 for another method.
 */
export function operationOf(request: SimulatorRequest): Operation {
  const [path = ''] = request.path.split('?');
  const operation = Object.hasOwn(OPERATIONS, path) ? OPERATIONS[path] : undefined;
  if (!operation) throw new RequestRefused(404, 'not_found_error', 'Not Found');
  if (request.method !== 'POST') throw new RequestRefused(405, 'invalid_request_error', 'Method Not Allowed');
  return operation;
}

/** The API version of a call. @throws RequestRefused 400 when it is missing or unknown (§1). */
export function versionOf(headers: Record<string, string>): ApiVersion {
  const asked = headers['anthropic-version'];
  if (asked === undefined || asked === '') throw invalid('anthropic-version', 'header is required');
  const version = API_VERSIONS.find((known) => known === asked);
  if (!version) throw invalid('anthropic-version', `"${asked}" is not a valid version`);
  return version;
}

/** The values of `anthropic-beta`; unknown ones are let through, since coding agents send undocumented ones (`clients.md` §2). */
export function betasOf(headers: Record<string, string>): string[] {
  return (headers['anthropic-beta'] ?? '')
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** The body as JSON. @throws RequestRefused 413 when it is too large, 400 when it is no JSON object. */
export function parseBody(body: Uint8Array): Json {
  if (body.byteLength > MOST_BODY_BYTES)
    throw new RequestRefused(413, 'request_too_large', 'Request exceeds the maximum size');
  let value: Json;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw invalid('', 'The request body is not valid JSON');
  }
  if (!isJsonObject(value)) throw invalid('', 'Input should be a valid dictionary');
  return value;
}
